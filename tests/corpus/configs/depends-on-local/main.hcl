output "o" {
  value      = 1
  depends_on = [local.x]
}
locals { x = 1 }
