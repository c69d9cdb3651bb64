module "a" {
  source = "./a"
  count  = 3
  v      = count.index * 10
}
output "all" {
  value = module.a[*].v
}
output "one" {
  value = module.a[1].v
}
output "len" {
  value = length(module.a)
}
