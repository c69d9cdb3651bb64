module "a" {
  source = "./a"
  v      = { a = 1, b = "x" }
}
output "x" {
  value = module.a.v
}
