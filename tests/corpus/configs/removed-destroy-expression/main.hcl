locals {
  d = true
}
removed {
  from = module.a
  lifecycle {
    destroy = local.d
  }
}
output "o" {
  value = 1
}
