locals {
  d = "./a"
}
module "a" {
  source = local.d
  v      = 1
}
