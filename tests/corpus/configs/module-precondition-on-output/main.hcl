module "m" {
  source = "./m"
  n      = 3
}
output "o" { value = module.m.n }
