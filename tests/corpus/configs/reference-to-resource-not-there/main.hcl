output "b" { value = thing.x.id }
