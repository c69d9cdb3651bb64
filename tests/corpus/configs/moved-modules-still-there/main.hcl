moved {
  from = module.m
  to   = module.n
}
module "m" {
  source = "./m"
}
output "o" {
  value = 1
}
