locals {
  a = 1
}
check "c" {
  assert {
    condition = local.a == 1
  }
}
