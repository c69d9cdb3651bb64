variable "n" {
  type = number
}
variable "l" {
  type = set(number)
}
variable "m" {
  type = map(string)
}
output "n" {
  value = var.n + 1
}
output "l" {
  value = var.l
}
output "m" {
  value = var.m
}
