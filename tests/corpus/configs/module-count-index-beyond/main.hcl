module "a" {
  source = "./a"
  count  = 2
  v      = 1
}
output "x" {
  value = module.a[2].v
}
