module "a" {
  source = "./a"
  o      = { list = [{}, { n = 5 }] }
}
output "o" {
  value = module.a.o
}
