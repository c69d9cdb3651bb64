module "a" {
  source = "./a"
  o      = { a = 1, extra = true }
}
output "o" {
  value = module.a.o
}
