variable "v" {
  default     = 1
  description = 3
}
output "o" {
  value = var.v
}
