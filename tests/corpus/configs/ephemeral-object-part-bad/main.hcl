variable "e" {
  default   = 3
  ephemeral = true
}
locals {
  o = { a = var.e, b = 2 }
}
output "o" {
  value = local.o.a
}
