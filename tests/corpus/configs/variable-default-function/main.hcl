variable "v" {
  default = upper("x")
}
output "o" {
  value = var.v
}
