module "a" {
  source = "./a"
}
output "s" {
  value     = "x${module.a.s}"
  sensitive = true
}
output "open" {
  value = nonsensitive(module.a.s)
}
