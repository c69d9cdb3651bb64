variable "v" {
  type    = object({a = optional(number, 7), b = optional(string)})
  default = null
}
output "o" {
  value = var.v
}
