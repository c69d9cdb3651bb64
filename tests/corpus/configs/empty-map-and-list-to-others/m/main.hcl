variable "l" {
  type = list(object({ a = optional(string, "d") }))
}
variable "s" {
  type = set(map(any))
}
output "o" {
  value = [var.l, var.s]
}
