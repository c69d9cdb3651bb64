variable "n" {
  default = 1
  validation {
    condition     = var.n > 1
    error_message = <<-EOT
      Must be more than 1.
      It is ${var.n}.
    EOT
  }
}
