module "a" {
  source = "./a"
  v      = { x = [1, 2], y = [3] }
}
output "o" {
  value = flatten(values(module.a.v))
}
output "m" {
  value = merge(module.a, { w = 1 })
}
