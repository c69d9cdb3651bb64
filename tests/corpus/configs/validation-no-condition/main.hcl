variable "v" {
  default = 1
  validation {
    error_message = "x"
  }
}
