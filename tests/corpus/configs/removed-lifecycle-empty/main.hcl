removed {
  from = module.a
  lifecycle {
  }
}
output "o" {
  value = 1
}
