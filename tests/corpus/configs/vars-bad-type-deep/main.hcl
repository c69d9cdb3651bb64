variable "v" {
  type    = list(object({a = number}))
  default = null
}
output "o" {
  value = var.v
}
