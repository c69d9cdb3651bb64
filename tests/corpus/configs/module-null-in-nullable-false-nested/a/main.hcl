variable "o" {
  type = object({
    n = optional(number, 1)
  })
  nullable = false
}
output "o" {
  value = var.o
}
