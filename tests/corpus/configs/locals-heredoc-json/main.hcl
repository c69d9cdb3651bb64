locals {
  doc = <<-EOT
    {
      "a": ${jsonencode([1, "x", null])},
      "b": "%{ for s in ["p", "q"] ~}${s}%{ endfor ~}"
    }
  EOT
}
output "o" { value = jsondecode(local.doc) }
