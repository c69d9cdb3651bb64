check "c" {
  assert {
    condition     = local.nope == 2
    error_message = "No."
  }
}
output "o" {
  value = 1
}
