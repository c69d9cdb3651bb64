module "a" {
  source = "./a"
  v      = "x"
}
output "l" {
  value = module.a.l
}
