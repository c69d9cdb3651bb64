moved {
  from = module.a
  to   = module.b
}
moved {
  from = module.b
  to   = module.c
}
output "o" {
  value = 1
}
