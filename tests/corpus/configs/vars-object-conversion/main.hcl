variable "a" {
  type = map(object({ n = number, l = optional(set(string), ["z"]) }))
}
output "o" { value = var.a }
