module "m" {
  source = "./m"
}
locals {
  x = module.m.s
}
output "o" {
  value     = "${local.x}!"
  sensitive = true
}
