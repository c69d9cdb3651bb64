moved {
  from = module.a
  to   = module.b
  when = true
}
output "o" {
  value = 1
}
