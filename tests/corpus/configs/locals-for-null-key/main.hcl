locals {
  m = { for n in ["a", null] : n => 1 }
}
output "o" { value = local.m }
