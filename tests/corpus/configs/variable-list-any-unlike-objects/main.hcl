variable "a" {
  type    = list(any)
  default = [{ a = 1 }, { b = "x" }]
}
output "o" { value = var.a }
