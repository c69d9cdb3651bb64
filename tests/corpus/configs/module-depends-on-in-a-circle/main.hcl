module "a" {
  source     = "./a"
  v          = 1
  depends_on = [module.b]
}
module "b" {
  source     = "./a"
  v          = 1
  depends_on = [module.a]
}
