variable "port" {
  type = number
  validation {
    condition     = var.port < 65536
    error_message = "The port ${var.port} is too large."
  }
}
