variable "sites" {
  type = map(object({
    port = number
    tags = optional(list(string), ["none"])
    tls  = optional(object({ cert = string, min = optional(string, "1.2") }))
  }))
  default = {
    a = { port = "80" }
    b = { port = 443, tags = [], tls = { cert = "c" } }
  }
}
module "site" {
  source   = "./site"
  for_each = var.sites
  name     = each.key
  site     = each.value
}
output "all" {
  value = { for k, m in module.site : k => m.summary }
}
