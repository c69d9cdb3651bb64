variable "v" {
  default = 3
  validation {
    condition     = var.v == 4
    error_message = 7
  }
}
output "o" {
  value = var.v
}
