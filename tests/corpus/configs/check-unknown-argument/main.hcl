locals {
  a = 1
}
check "c" {
  foo = 1
  assert {
    condition     = local.a == 1
    error_message = "No."
  }
}
