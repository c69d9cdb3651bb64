locals {
  a = { x = 1, y = 2 }
  b = { x = local.a.y }
}
output "o" { value = local.b.x }
