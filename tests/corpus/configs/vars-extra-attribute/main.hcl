variable "v" {
  type    = object({a = number})
  default = null
}
output "o" {
  value = var.v
}
