variable "x" {
  default = 1
}
module "a" {
  source     = "./a"
  v          = 1
  depends_on = [var.x]
}
output "o" {
  value      = module.a.v
  depends_on = [module.a.v]
}
