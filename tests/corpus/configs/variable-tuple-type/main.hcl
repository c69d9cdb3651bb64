variable "a" {
  type    = tuple([string, number, list(bool)])
  default = [1, "2", ["true", false]]
}
output "o" { value = var.a }
