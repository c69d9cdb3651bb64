variable "o" {
  type = object({
    list = list(object({
      n = optional(number, 1)
      s = optional(string)
    }))
    m = optional(map(string), {})
  })
}
output "o" {
  value = var.o
}
