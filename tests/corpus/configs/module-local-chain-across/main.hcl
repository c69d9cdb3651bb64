module "a" {
  source = "./a"
  v      = local.one
}
locals {
  one   = 1
  two   = module.a.v + local.one
  three = module.b.v + local.two
}
module "b" {
  source = "./a"
  v      = local.two
}
output "o" {
  value = local.three
}
