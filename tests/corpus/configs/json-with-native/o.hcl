locals {
  b = 3
}
output "a" {
  value = local.a
}
