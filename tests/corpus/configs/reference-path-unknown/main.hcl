output "b" { value = path.nope }
