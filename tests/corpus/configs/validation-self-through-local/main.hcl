variable "v" {
  default = 3
  validation {
    condition     = var.v == local.l
    error_message = "Bad."
  }
}
locals {
  l = var.v
}
output "o" {
  value = var.v
}
