variable "v" {
  default = 1
  validation {
    condition     = var.v == output.x
    error_message = "Bad."
  }
}
