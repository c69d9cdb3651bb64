locals {
  a   = 5
  a-b = 2
}
output "b" { value = [local.a-b, local.a - 1] }
