variable "n" {
  type    = number
  default = 2
  validation {
    condition     = var.n > 0
    error_message = "At least one."
  }
}
locals {
  names = { for i in range(var.n) : "n${i}" => upper("n-${i}") }
}
network "a" {}
volume "v" {
  for_each = local.names
  labels   = { name = each.value }
}
container "web" {
  count   = var.n
  image   = "bb:1"
  command = ["sh", "-c", "sleep ${count.index}"]
  network {
    name = network.a.name
  }
  dynamic "port" {
    for_each = [80, 443]
    content {
      container = port.value
    }
  }
  lifecycle {
    ignore_changes = [env]
  }
  depends_on = [volume.v]
}
output "names" {
  value     = container.web[*].name
  sensitive = true
}
