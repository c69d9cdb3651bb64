variable "x" {
  ephemeral = true
}
output "y" {
  value     = var.x
  ephemeral = true
}
