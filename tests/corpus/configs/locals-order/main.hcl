output "o" {
  value = local.z
}
locals {
  z = local.y + 1
  y = local.x + 1
  x = 1
}
