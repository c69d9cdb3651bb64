variable "which" {
  default = "b"
}
module "a" {
  source = "./x"
  count  = var.which == "a" ? 1 : 0
  v      = "a"
}
module "b" {
  source = "./x"
  count  = var.which == "b" ? 1 : 0
  v      = "b"
}
output "o" {
  value = one(concat(module.a[*].v, module.b[*].v))
}
