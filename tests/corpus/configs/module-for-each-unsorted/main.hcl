module "m" {
  source   = "./m"
  for_each = { z = 1, a = 2, "10" = 3, "9" = 4 }
  v        = each.value
}
output "o" {
  value = [for k, m in module.m : "${k}${m.v}"]
}
output "p" {
  value = values(module.m)[*].v
}
