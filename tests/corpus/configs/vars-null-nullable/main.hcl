variable "v" {
  default = 4
}
output "o" {
  value = var.v
}
