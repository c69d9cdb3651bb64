variable "n" {
  default = 1
  validation "x" {
    condition     = var.n > 0
    error_message = "No."
  }
}
