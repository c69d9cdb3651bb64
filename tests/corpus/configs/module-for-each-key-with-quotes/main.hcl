module "a" {
  source   = "./a"
  for_each = toset(["a\"b", "c.d"])
  v        = each.key
}
output "o" {
  value = module.a["a\"b"].v
}
