variable "x" {}
locals {
  y = "inner ${var.x}"
}
output "all" {
  value = [var.x, local.y]
}
