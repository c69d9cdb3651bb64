locals {
  a = local.b
}
output "o" {
  value = 1
}
