variable "a" {
  type    = number
  default = 1
}
output "a" {
  value = var.a
}
