module "a" {
  source = "./a"
  v      = "hidden"
}
output "s" {
  value = issensitive(module.a.v)
}
