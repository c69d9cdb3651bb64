variable "a" {
  validation {
    condition     = var.a > 1
    error_message = "No."
  }
}
