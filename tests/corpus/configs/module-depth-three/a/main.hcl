variable "v" {}
module "b" {
  source = "./b"
  count  = 2
  v      = var.v + count.index
}
output "v" {
  value = module.b[*].v
}
