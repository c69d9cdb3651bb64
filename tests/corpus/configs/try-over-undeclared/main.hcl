output "o" { value = try(local.nope, 1) }
