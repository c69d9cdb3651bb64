locals {
  a = 1
}
output "o" {
  value = 1
  precondition {
    condition     = local.a == 1
    error_message = "No."
  }
}
