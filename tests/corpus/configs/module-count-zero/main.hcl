module "a" {
  source = "./a"
  count  = 0
  v      = count.index
}
output "all" {
  value = module.a
}
output "first" {
  value = one(module.a[*].v)
}
