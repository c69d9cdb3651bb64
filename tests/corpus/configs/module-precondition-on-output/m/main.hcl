variable "n" {}
output "n" {
  value = var.n
  precondition {
    condition     = var.n % 2 == 0
    error_message = "Only even numbers, not ${var.n}."
  }
}
