variable "v" {
  default  = null
  nullable = false
}
output "o" {
  value = var.v
}
