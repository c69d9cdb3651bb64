variable "v" {
  default = 3
  validation {
    condition     = var.v.x
    error_message = "Bad."
  }
}
output "o" {
  value = var.v
}
