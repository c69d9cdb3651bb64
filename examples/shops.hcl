# Two shops made by one module, on a network that they share: each has its own volume, container and port.
#
#   wharf plan  examples/shops.hcl
#   wharf apply examples/shops.hcl
#   wharf plan  examples/shops.hcl --target 'module.shop["north"]'

variable "shops" {
  type = map(object({
    greeting = string
    memory   = optional(string, "32m")
  }))
  default = {
    north = { greeting = "It is cold here." }
    south = { greeting = "It is warm here.", memory = "48m" }
  }
}

network "street" {}

module "shop" {
  source   = "./shops/shop"
  for_each = var.shops

  greeting = each.value.greeting
  memory   = each.value.memory
  network  = network.street.name
}

output "urls" {
  value = { for name, shop in module.shop : name => shop.url }
}
