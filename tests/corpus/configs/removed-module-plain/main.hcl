removed {
  from = module.a
}
output "o" {
  value = 1
}
