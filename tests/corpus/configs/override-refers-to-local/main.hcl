locals {
  x = "l"
}
output "a" {
  value = 1
}
