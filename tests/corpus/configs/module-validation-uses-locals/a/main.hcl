variable "n" {
  type = number
  validation {
    condition     = contains(local.good, var.n)
    error_message = "Not good."
  }
}
locals {
  good = [9]
}
output "n" {
  value = var.n
}
