module "m" {
  source = "./m"
  count  = 0
}
output "o" { value = module.m[0].a }
