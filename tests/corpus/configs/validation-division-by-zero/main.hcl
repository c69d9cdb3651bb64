variable "n" {
  default = 0
  validation {
    condition     = 1 / var.n > 0
    error_message = "No."
  }
}
