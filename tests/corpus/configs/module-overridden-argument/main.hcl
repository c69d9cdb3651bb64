module "a" {
  source = "./a"
  v      = 1
}
output "o" {
  value = module.a.v
}
