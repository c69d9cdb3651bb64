variable "v" {
  default = 3
  validation {
    condition     = "true" == "true" ? "${var.v == 3}" : ""
    error_message = "Bad."
  }
}
output "o" {
  value = var.v
}
