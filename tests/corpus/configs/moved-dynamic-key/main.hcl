locals {
  k = "x"
}
moved {
  from = module.a[local.k]
  to   = module.b
}
output "o" {
  value = 1
}
