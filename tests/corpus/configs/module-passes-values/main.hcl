module "a" {
  source = "./a"
  v      = { n = 1, s = ["x", null], b = true }
}
output "v" {
  value = module.a.v
}
