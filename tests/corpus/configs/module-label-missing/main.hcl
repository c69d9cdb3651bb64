module {
  source = "./a"
  v      = 1
}
