moved {
  to = module.a
}
