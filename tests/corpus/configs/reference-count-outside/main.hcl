output "b" { value = count.index }
