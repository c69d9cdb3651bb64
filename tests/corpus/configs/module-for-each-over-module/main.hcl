module "a" {
  source   = "./a"
  for_each = { x = 1, y = 2 }
  v        = each.value
}
module "b" {
  source   = "./a"
  for_each = module.a
  v        = "${each.key}=${each.value.v}"
}
output "o" {
  value = { for k, m in module.b : k => m.v }
}
