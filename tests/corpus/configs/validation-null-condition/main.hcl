variable "v" {
  default = 3
  validation {
    condition     = var.v == 3 ? null : true
    error_message = "Bad."
  }
}
output "o" {
  value = var.v
}
