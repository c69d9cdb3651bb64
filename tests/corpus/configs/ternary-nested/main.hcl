locals {
  n = 5
  s = local.n < 3 ? "s" : local.n < 6 ? "m" : "l"
}
output "o" { value = local.s }
