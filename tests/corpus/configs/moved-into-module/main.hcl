moved {
  from = module.a
  to   = module.b.module.c
}
output "o" { value = 1 }
