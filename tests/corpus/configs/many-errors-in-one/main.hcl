variable "a" { type = strng }
locals {
  b = var.c
  d = local.e
}
output "o" { value = uppr(local.b) }
