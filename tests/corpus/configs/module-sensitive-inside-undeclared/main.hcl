module "a" {
  source = "./a"
  v      = "hidden"
}
output "s" {
  value = nonsensitive(module.a.v)
}
