variable "n" { type = number }
output "all" { value = [for i in range(var.n) : "${i}"] }
