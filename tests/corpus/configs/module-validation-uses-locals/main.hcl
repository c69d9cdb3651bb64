module "a" {
  source = "./a"
  n      = 9
}
output "n" {
  value = module.a.n
}
