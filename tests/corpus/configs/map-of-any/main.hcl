variable "a" {
  type    = map(any)
  default = { x = 1, y = "b" }
}
output "o" { value = var.a }
