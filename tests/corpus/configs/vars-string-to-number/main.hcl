variable "v" {
  type    = number
  default = null
}
output "o" {
  value = var.v
}
