locals {
  v = true ? [1, 2] : [1]
}
output "o" { value = local.v }
