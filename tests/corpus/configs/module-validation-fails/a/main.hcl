variable "n" {
  type = number
  validation {
    condition     = var.n > 2
    error_message = "Too small."
  }
}
