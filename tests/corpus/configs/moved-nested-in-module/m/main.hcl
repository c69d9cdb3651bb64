output "x" {
  value = 1
}
moved {
  from = module.a
  to   = module.b
}
