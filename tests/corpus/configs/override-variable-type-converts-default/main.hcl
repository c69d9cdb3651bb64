variable "a" { default = "5" }
output "o" { value = var.a }
