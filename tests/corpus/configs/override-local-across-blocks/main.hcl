locals {
  a = 1
}
locals {
  b = 2
}
output "x" {
  value = [local.a, local.b]
}
