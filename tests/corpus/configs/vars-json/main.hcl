variable "v" {
  type    = any
  default = null
}
output "o" {
  value = var.v
}
