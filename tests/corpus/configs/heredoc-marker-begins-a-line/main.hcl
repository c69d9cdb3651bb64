locals {
  a = <<EOT
x
EOT is not the end here
EOT
  b = <<-EOT
    y
    EOT, neither
    EOT
}
output "o" { value = [local.a, local.b] }
