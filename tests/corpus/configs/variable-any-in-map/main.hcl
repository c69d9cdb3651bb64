variable "a" {
  type    = map(any)
  default = { x = 1, y = "z" }
}
output "o" { value = var.a }
