locals {
  on = true
  v  = local.on ? { a = 1 } : { a = "x", b = 2 }
}
output "o" { value = local.v }
