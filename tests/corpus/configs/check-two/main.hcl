locals {
  a = 1
}
check "c" {
  assert {
    condition     = local.a == 2
    error_message = "No."
  }
  assert {
    condition     = local.a == 3
    error_message = "No."
  }
}
output "o" {
  value = 1
}
