module "my-mod_1" {
  source = "./m"
}
output "o-1" { value = module.my-mod_1.a }
