module "a" {
  source = "./a"
  n      = 3
}
output "n" {
  value = module.a.n
}
