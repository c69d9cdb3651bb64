module "v" {
  source = "./v"
  v      = 1
}
output "module" {
  value = module.v.v
}
