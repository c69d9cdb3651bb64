variable "v" {
  default = 3
  validation {
    condition     = var.v != 3
    error_message = "B."
  }
  validation {
    condition     = var.v == 3
    error_message = "A."
  }
}
output "o" {
  value = var.v
}
