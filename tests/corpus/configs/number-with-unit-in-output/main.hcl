output "o" { value = 10MB }
