locals {
  limit = 3
  found = length([1, 2, 3, 4])
}
check "limit" {
  assert {
    condition     = local.found <= local.limit
    error_message = "Found ${local.found}, at most ${local.limit} are allowed."
  }
}
output "o" { value = local.found }
