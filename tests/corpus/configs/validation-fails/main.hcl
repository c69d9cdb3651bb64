variable "v" {
  default = 3
  validation {
    condition     = var.v == 4
    error_message = "Bad."
  }
}
output "o" {
  value = var.v
}
