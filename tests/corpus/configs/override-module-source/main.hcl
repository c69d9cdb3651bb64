module "m" { source = "./a" }
output "o" { value = module.m.v }
