locals {
  y = 1
}
module "a" {
  source = "./a"
}
