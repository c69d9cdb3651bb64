output "n" {
  value = null
}
output "m" {
  value = 1
}
