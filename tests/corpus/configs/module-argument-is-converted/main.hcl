module "a" {
  source = "./a"
  n      = "5"
  l      = ["1", 2]
  m      = { x = 1 }
}
output "all" {
  value = module.a
}
