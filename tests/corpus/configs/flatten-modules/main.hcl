module "m" {
  source   = "./m"
  for_each = { a = 2, b = 1 }
  n        = each.value
}
output "o" { value = flatten(values(module.m)[*].all) }
