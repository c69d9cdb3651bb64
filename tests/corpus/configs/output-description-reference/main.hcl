locals {
  d = "x"
}
output "o" {
  value       = 1
  description = local.d
}
