locals {
  empty = { for k, v in tomap({ a = "b" }) : k => v if false }
}
module "m" {
  source = "./m"
  v      = { o = tomap({}), l = [tomap({}), local.empty] }
  m      = { k = tomap({}) }
}
output "o" {
  value = module.m.o
}
