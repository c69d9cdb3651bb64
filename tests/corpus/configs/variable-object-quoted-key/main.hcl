variable "a" {
  type    = object({ "a b" = string })
  default = { "a b" = 1 }
}
output "o" { value = var.a }
