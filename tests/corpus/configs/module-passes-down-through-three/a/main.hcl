variable "v" { type = list(any) }
module "b" {
  source = "../b"
  v      = { k = var.v }
}
output "v" { value = module.b.v }
