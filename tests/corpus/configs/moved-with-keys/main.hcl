moved {
  from = module.a[0]
  to   = module.a["x"]
}
output "o" { value = 1 }
