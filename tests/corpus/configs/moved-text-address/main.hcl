moved {
  from = "module.a"
  to   = "module.b"
}
output "o" { value = 1 }
