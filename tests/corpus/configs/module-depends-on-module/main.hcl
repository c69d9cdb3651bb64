module "a" {
  source = "./a"
  v      = 1
}
module "b" {
  source     = "./a"
  v          = 2
  depends_on = [module.a]
}
output "b" {
  value      = module.b.v
  depends_on = [module.a]
}
