module "a" {
  source = "./a"
  v      = 2
}
module "b" {
  source = "./a"
  count  = module.a.v
  v      = "b${count.index}"
}
output "x" {
  value = module.b[*].v
}
