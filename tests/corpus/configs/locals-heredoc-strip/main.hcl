locals {
  doc = <<-EOT
      %{ for i in [1, 2, 3] ~}
      %{ if i != 2 ~}
      item ${i}
      %{ endif ~}
      %{ endfor ~}
    end
    EOT
}
output "o" { value = local.doc }
