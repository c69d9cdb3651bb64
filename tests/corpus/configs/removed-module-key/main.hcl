removed {
  from = module.a[0]
}
output "o" {
  value = 1
}
