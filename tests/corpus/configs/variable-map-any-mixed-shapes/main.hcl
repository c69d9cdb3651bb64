variable "a" {
  type    = map(any)
  default = { x = [1], y = { k = 1 } }
}
output "o" { value = var.a }
