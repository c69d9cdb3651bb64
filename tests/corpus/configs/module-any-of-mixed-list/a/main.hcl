variable "l" {
  type = list(any)
}
output "l" {
  value = var.l
}
