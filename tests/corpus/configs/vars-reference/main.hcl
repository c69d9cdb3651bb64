variable "v" {}
variable "w" {
  default = 1
}
output "o" {
  value = var.v
}
