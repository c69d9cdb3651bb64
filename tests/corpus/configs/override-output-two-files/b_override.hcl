output "o" { sensitive = true }
