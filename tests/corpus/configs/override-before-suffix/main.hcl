variable "a" {
  type    = string
  default = "base"
}
output "a" {
  value = var.a
}
