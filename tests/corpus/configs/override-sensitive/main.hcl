variable "a" {
  default   = 1
  sensitive = true
}
output "a" {
  value = var.a
}
