moved {
  from = module.a
  to   = module.a
}
output "o" {
  value = 1
}
