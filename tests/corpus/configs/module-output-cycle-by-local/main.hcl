module "a" {
  source = "./a"
  v      = local.x
}
locals {
  x = "${module.a.v}!"
}
