module "a" {
  source = "./a"
  count  = 2
  v      = count.index
}
output "o" {
  value = module.a.1.v
}
