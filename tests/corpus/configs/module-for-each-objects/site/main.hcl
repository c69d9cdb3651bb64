variable "name" { type = string }
variable "site" {
  type = object({ port = number, tags = set(string), tls = any })
}
output "summary" {
  value = "${var.name}:${var.site.port}:${join("+", var.site.tags)}:${try(var.site.tls.min, "off")}"
}
