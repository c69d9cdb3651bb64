a = {
  x = { n = 1 }
  y = { n = "two" }
}
