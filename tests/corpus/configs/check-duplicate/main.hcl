locals {
  a = 1
}
check "c" {
  assert {
    condition     = local.a == 1
    error_message = "No."
  }
}
check "c" {
  assert {
    condition     = local.a == 1
    error_message = "No."
  }
}
