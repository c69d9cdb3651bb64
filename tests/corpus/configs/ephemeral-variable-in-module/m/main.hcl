variable "t" { ephemeral = true }
output "n" { value = 3 }
