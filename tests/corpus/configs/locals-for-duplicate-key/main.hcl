locals {
  m = { for n in ["a", "a"] : n => 1 }
}
output "o" { value = local.m }
