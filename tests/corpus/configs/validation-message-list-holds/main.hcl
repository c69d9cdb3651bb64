variable "v" {
  default = 3
  validation {
    condition     = var.v == 3
    error_message = ["x"]
  }
}
output "o" {
  value = var.v
}
