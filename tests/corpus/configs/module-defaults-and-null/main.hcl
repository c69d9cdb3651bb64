module "a" {
  source = "./a"
  x      = null
  y      = null
}
output "v" {
  value = module.a.v
}
