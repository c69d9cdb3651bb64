check "c" {
}
output "o" {
  value = 1
}
