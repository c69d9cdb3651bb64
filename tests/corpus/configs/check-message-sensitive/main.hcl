variable "s" {
  default   = "x"
  sensitive = true
}
check "c" {
  assert {
    condition     = length(var.s) > 3
    error_message = "Too short: ${var.s}"
  }
}
output "o" { value = 1 }
