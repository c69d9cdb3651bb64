variable "a" {
  type    = string
  default = "12"
}
output "a" {
  value = var.a
}
