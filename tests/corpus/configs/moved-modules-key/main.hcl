moved {
  from = module.a
  to   = module.a[0]
}
output "o" {
  value = 1
}
