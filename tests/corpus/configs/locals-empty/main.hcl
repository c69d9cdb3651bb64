locals {}
output "o" {
  value = 1
}
