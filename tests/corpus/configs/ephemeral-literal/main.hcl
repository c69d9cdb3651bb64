variable "e" {
  ephemeral = var.x
}
output "o" {
  value = 1
}
