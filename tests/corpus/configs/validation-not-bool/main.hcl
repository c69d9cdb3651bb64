variable "v" {
  default = 3
  validation {
    condition     = var.v
    error_message = "Bad."
  }
}
output "o" {
  value = var.v
}
