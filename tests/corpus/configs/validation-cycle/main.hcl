variable "v" {
  default = 1
  validation {
    condition     = var.v == var.w
    error_message = "Bad."
  }
}
variable "w" {
  default = 1
  validation {
    condition     = var.w == var.v
    error_message = "Bad."
  }
}
output "o" {
  value = var.v
}
