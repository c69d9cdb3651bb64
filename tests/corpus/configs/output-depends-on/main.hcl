module "m" {
  source = "./m"
}
output "o" {
  value      = 1
  depends_on = [module.m]
}
