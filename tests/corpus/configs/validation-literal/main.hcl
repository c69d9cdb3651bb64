variable "v" {
  default = 3
  validation {
    condition     = true
    error_message = "Bad."
  }
}
output "o" {
  value = var.v
}
