module "m" {
  source = "./m"
  l      = toset([])
  s      = tolist([])
}
output "o" {
  value = module.m.o
}
