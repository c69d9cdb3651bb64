output "b" { value = each.value }
