variable "n" {
  default = 1
  validation {
    condition     = var.n > 0
    error_message = "No."
    severity      = "low"
  }
}
