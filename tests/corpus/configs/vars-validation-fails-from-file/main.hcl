variable "a" {
  validation {
    condition     = var.a < 5
    error_message = "Too large."
  }
}
