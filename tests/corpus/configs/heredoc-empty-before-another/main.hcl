locals {
  a = <<EOT
EOT
  b = <<EOT
x
EOT
  c = <<-EOT
    EOT
  d = "${<<EOT
EOT
  }|"
}
output "o" { value = [local.a, local.b, local.c, local.d] }
