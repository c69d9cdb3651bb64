variable "v" {
  default = 3
  validation {
    condition     = var.v == 3
    error_message = "A."
    foo = 1
  }
}
output "o" {
  value = var.v
}
