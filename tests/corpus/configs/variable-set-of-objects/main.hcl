variable "a" {
  type    = set(object({ n = number }))
  default = [{ n = "2" }, { n = 1 }, { n = 2.0 }]
}
output "o" { value = var.a }
