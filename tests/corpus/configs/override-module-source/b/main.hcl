output "v" { value = "b" }
