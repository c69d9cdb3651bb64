locals {
  a = 1
}
check "c" {
  assert {
    condition     = local.a.x == 2
    error_message = "No."
  }
}
output "o" {
  value = 1
}
