variable "v" {}
locals {
  l = tonumber(var.v)
}
output "l" {
  value = local.l
}
