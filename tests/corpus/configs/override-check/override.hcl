check "x" {
  assert {
    condition     = var.a != ""
    error_message = "Empty."
  }
}
