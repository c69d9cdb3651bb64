variable "n" {
  validation {
    condition     = var.n < 3
    error_message = "${var.n} is too large."
  }
}
