variable "a" {
  type = list(number)
}
variable "b" {
  default = "b"
}
output "x" {
  value = [var.a, var.b]
}
