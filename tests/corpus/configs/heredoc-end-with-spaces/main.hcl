locals {
  a = <<EOT
x
  EOT  
  b = <<-EOT
  y
	EOT	
}
output "o" { value = [local.a, local.b] }
