locals {
  a = 1
}
output "o" {
  value = 1
  precondition {
    condition     = local.a == 2
    error_message = "No ${local.a}."
  }
}
