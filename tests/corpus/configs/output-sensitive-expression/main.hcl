variable "s" {
  default = true
}
output "o" {
  value     = 1
  sensitive = var.s
}
