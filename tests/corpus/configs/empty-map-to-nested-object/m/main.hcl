variable "v" {
  type = object({
    o = optional(object({ a = optional(string, "d"), m = optional(map(string), {}) }), {})
    l = list(object({ x = optional(bool, true) }))
  })
}
variable "m" {
  type = map(object({ a = optional(string, "d") }))
}
output "o" {
  value = [var.v, var.m]
}
