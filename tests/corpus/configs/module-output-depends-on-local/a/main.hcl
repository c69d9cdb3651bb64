locals {
  x = 1
}
output "o" {
  value      = 1
  depends_on = [local.x]
}
