locals {
  größe = 3
  名前    = "x"
}
output "o" { value = "${local.größe}${local.名前}" }
