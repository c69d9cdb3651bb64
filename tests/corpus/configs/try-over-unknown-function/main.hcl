output "o" { value = try(nope(), 1) }
