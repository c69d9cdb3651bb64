variable "lo" {}
variable "hi" {
  validation {
    condition     = var.hi >= var.lo
    error_message = "Upside down."
  }
}
