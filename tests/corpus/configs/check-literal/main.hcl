check "c" {
  assert {
    condition     = true
    error_message = "x"
  }
}
output "o" {
  value = 1
}
