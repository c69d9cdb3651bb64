variable "v" {
  type    = string
  default = null
}
output "o" {
  value = var.v
}
