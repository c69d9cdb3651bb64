module "a" {
  source = "./a"
  l      = [1, "x", true]
}
output "o" {
  value = module.a.l
}
