module "m" {
  source = "./a"
  x      = 1
  y      = 2
}
output "o" { value = module.m.v }
