variable "on" {
  default = false
}
module "a" {
  source = "./a"
  count  = var.on ? 1 : 0
  v      = 1
}
output "x" {
  value = var.on ? module.a[0].v : "off"
}
