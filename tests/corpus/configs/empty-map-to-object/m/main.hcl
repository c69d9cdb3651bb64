variable "v" {
  type = object({ a = optional(string, "d"), b = optional(number) })
}
output "v" {
  value = var.v
}
