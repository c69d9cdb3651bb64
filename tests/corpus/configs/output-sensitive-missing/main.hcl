variable "s" {
  default   = "x"
  sensitive = true
}
output "o" { value = [1, { a = var.s }] }
