variable "v" {
  type = map(any)
}
output "v" {
  value = var.v
}
