variable "v" {}
locals {
  v = var.v + 10
}
output "v" {
  value = local.v
}
