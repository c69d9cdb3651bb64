locals {
  a = 1 / "x"
}
output "o" {
  value = 1
}
