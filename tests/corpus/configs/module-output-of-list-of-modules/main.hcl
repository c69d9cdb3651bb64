module "a" {
  source = "./a"
  count  = 2
  v      = count.index
}
output "x" {
  value = [for i, m in module.a : { i = i, v = m.v }]
}
output "t" {
  value = module.a.*.v
}
