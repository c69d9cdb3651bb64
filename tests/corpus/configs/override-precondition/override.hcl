output "a" {
  precondition {
    condition     = var.a != ""
    error_message = "Empty."
  }
}
