module "a" {
  source = "./a"
  v      = 1
}
module "b" {
  source = "./a"
  v      = 2
}
module "c" {
  source = "./././a"
  v      = 3
}
output "x" {
  value = [module.a.v, module.b.v, module.c.v]
}
