variable "p" {
  type = object({ host = string, port = optional(number, 80), tls = optional(object({ cert = optional(string, "c"), on = optional(bool) })) })
  default = { host = "h", tls = {} }
}
output "o" { value = var.p }
