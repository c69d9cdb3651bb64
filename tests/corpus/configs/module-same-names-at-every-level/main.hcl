variable "v" {
  default = 0
}
locals {
  v = var.v + 1
}
module "v" {
  source = "./v"
  v      = local.v
}
output "v" {
  value = [var.v, local.v, module.v.v]
}
