removed {
  from = module.m
}
module "m" {
  source = "./m"
}
output "o" {
  value = 1
}
