variable "o" {
  type = object({
    a = string
    b = optional(number, 7)
    c = optional(list(string))
  })
}
output "o" {
  value = var.o
}
