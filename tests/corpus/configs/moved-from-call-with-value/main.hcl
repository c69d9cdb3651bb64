moved {
  from = upper("x")
  to   = module.a
}
