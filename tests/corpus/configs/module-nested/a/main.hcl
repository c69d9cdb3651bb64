variable "v" {}
module "b" {
  source = "./b"
  v      = [var.v, var.v]
}
output "deep" {
  value = module.b.v
}
