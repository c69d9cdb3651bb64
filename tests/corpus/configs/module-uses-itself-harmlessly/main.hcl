module "a" {
  source = "./a"
  p      = 1
  q      = module.a.p
}
output "q" {
  value = module.a.q
}
