variable "v" {
  default = 3
  validation {
    condition     = var.v < var.max
    error_message = "At most ${var.max}."
  }
}
variable "max" {
  default = 2
}
output "o" {
  value = var.v
}
