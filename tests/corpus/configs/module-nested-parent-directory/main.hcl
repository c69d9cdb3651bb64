module "a" {
  source = "./mods/a"
  v      = 1
}
output "x" {
  value = module.a.deep
}
