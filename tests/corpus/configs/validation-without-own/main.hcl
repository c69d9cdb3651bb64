variable "v" {
  default = 3
  validation {
    condition     = local.l == 3
    error_message = "Bad."
  }
}
locals {
  l = 3
}
output "o" {
  value = var.v
}
