module "a" {
  source = "./a"
  v      = 1
}
output "x" {
  value = module.a[*].v
}
