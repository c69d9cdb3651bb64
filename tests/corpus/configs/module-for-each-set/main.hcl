module "a" {
  source   = "./a"
  for_each = toset(["q", "p"])
  v        = each.value
}
output "keys" {
  value = keys(module.a)
}
output "all" {
  value = values(module.a)[*].v
}
