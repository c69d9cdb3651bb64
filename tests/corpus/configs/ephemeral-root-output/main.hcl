variable "e" {
  default   = 3
  ephemeral = true
}
output "o" {
  value = var.e
}
