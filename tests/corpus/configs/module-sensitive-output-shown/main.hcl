module "a" {
  source = "./a"
}
output "s" {
  value = module.a.s
}
