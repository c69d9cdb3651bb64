variable "e" {
  default   = 3
  ephemeral = true
}
module "m" {
  source = "./m"
}
output "o" {
  value = module.m.y
}
