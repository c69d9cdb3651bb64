module "m" {
  source = "./m"
  x      = 1
  y      = 2
}
output "o" {
  value = module.m.o
}
