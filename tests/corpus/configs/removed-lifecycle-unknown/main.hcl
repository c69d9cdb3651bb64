removed {
  from = module.a
  lifecycle {
    destroy         = true
    prevent_destroy = true
  }
}
output "o" {
  value = 1
}
