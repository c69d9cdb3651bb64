variable "v" {
  default  = 4
  nullable = false
}
output "o" {
  value = var.v
}
