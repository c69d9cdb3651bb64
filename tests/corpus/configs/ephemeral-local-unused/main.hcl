variable "e" {
  default   = 3
  ephemeral = true
}
locals {
  a = var.e + 1
}
output "o" {
  value = 1
}
