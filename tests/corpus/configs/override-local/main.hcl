locals {
  a = 1
  b = local.a + 1
}
output "b" {
  value = local.b
}
