module "a" {
  source = "./a"
  o      = { a = "x" }
}
output "o" {
  value = module.a.o
}
