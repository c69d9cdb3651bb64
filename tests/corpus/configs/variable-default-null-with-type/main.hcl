variable "a" {
  type    = object({ x = string })
  default = null
}
output "o" { value = var.a == null }
