variable "e" {
  default   = 3
  ephemeral = true
}
variable "f" {
  ephemeral = true
  default   = 1
  validation {
    condition     = var.f == 1
    error_message = "No."
  }
}
output "o" {
  value = 1
}
