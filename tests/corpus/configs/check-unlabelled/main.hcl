check {
  assert {
    condition     = local.a == 1
    error_message = "No."
  }
}
