variable "v" {
  type    = object({a = number, b = string})
  default = null
}
output "o" {
  value = var.v
}
