output "x" {
  value = 1
}
locals {
  a = 1
}
check "c" {
  assert {
    condition     = local.a == 2
    error_message = "No."
  }
}
