variable "a" {}
variable "a" {}
output "a" { value = 1 }
output "a" { value = 1 }
locals { x = 1 }
locals { x = 2 }
