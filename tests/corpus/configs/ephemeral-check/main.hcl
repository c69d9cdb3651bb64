variable "e" {
  default   = 3
  ephemeral = true
}
check "c" {
  assert {
    condition     = var.e == 3
    error_message = "No."
  }
}
output "o" {
  value = 1
}
