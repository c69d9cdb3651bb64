output "v" { value = "a" }
