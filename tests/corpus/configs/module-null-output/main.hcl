module "a" {
  source = "./a"
}
output "x" {
  value = module.a.n == null
}
output "whole" {
  value = keys(module.a)
}
