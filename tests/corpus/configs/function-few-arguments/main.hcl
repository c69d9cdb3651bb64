output "b" { value = replace("x", "y") }
