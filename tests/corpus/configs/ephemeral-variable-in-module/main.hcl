variable "t" {
  default   = "x"
  ephemeral = true
}
module "m" {
  source = "./m"
  t      = var.t
}
output "o" { value = module.m.n }
