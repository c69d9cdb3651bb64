variable "v" {
  nullable = false
}
output "o" {
  value = var.v
}
