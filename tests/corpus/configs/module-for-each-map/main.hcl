module "a" {
  source   = "./a"
  for_each = { x = 1, y = 2 }
  v        = "${each.key}${each.value}"
}
output "all" {
  value = { for k, m in module.a : k => m.v }
}
output "one" {
  value = module.a["y"].v
}
