variable "n" {
  type = number
}
module "b" {
  source = "./b"
  count  = var.n
  v      = "${var.n}.${count.index}"
}
output "x" {
  value = module.b[*].v
}
