variable "x" {
  default = "root"
}
locals {
  y = "root"
}
module "a" {
  source = "./a"
  x      = "given"
}
output "all" {
  value = [var.x, local.y, module.a.all]
}
