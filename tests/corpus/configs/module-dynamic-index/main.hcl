module "a" {
  source   = "./a"
  for_each = toset(["q", "r"])
  v        = upper(each.key)
}
locals {
  pick = "r"
}
output "x" {
  value = module.a[local.pick].v
}
output "y" {
  value = [for k in ["q", "r"] : module.a[k].v]
}
