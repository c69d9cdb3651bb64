module "a" {
  source = "./a"
  count  = 2
  n      = count.index + 1
}
output "x" {
  value = module.a[*].x
}
