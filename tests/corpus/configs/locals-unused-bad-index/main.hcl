locals {
  a = [1][5]
}
output "o" {
  value = 1
}
