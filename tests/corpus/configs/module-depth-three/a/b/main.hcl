variable "v" {}
module "c" {
  source   = "./c"
  for_each = toset(["p", "q"])
  v        = "${each.key}${var.v}"
}
output "v" {
  value = { for k, m in module.c : k => m.v }
}
