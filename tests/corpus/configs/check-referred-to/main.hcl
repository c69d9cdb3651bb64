locals {
  a = 1
}
check "c" {
  assert {
    condition     = local.a == 1
    error_message = "No."
  }
}
output "o" {
  value = check.c
}
