variable "name" {
  default = "Web 1"
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*$", var.name))
    error_message = "A name has small letters, digits and dashes."
  }
}
output "o" { value = var.name }
