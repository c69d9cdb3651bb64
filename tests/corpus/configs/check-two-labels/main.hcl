check "a" "b" {
  assert {
    condition     = true
    error_message = "No."
  }
}
