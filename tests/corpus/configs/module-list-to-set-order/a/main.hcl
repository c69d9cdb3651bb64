variable "s" {
  type = set(string)
}
output "s" {
  value = var.s
}
