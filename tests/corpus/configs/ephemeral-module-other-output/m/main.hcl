variable "x" {
  ephemeral = true
}
output "y" {
  value     = var.x
  ephemeral = true
}
output "z" {
  value = 2
}
