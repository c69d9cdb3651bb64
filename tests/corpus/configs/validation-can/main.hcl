variable "v" {
  default = "abc"
  validation {
    condition     = can(regex("^a", var.v))
    error_message = "Bad."
  }
}
output "o" {
  value = var.v
}
