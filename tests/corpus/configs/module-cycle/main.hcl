module "a" {
  source = "./a"
  v      = module.b.v
}
module "b" {
  source = "./a"
  v      = module.a.v
}
