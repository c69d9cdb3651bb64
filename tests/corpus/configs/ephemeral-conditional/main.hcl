variable "e" {
  default   = 3
  ephemeral = true
}
output "o" {
  value = true ? 1 : var.e
}
