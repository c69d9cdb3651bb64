module "a" {
  source = "./a"
  o      = { n = null }
}
output "o" {
  value = module.a.o
}
