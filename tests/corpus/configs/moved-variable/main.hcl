moved {
  from = var.a
  to   = var.b
}
output "o" {
  value = 1
}
