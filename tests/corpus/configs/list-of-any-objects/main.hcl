variable "a" {
  type    = list(any)
  default = [{ a = 1 }, { a = "x" }]
}
output "o" { value = var.a }
