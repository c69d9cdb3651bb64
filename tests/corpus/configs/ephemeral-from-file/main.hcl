variable "e" {
  ephemeral = true
}
output "o" {
  value = 1
}
