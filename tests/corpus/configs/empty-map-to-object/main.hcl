variable "empty" {
  type    = map(string)
  default = {}
}
module "literal" {
  source = "./m"
  v      = tomap({})
}
module "given" {
  source = "./m"
  v      = var.empty
}
output "o" {
  value = [module.literal.v, module.given.v]
}
