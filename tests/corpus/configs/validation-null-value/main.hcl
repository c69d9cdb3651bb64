variable "v" {
  default = null
  validation {
    condition     = var.v == null || var.v > 3
    error_message = "Bad."
  }
}
output "o" {
  value = 1
}
