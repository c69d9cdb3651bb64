variable "e" {
  default   = 3
  ephemeral = true
}
locals {
  l = [var.e]
}
output "o" {
  value = length(local.l)
}
