variable "a" {
  default = 1
  validation {
    condition     = var.a < 5
    error_message = "Too much."
  }
}
output "a" {
  value = var.a
}
