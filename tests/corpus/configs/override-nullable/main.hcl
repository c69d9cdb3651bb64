variable "a" {
  default = 5
}
output "a" {
  value = var.a
}
