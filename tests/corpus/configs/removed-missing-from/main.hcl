removed {
  lifecycle {
    destroy = true
  }
}
output "o" {
  value = 1
}
