a = {
  x = { n = "1" }
  "y z" : { n = 2, l = ["b", "a", "b"], extra = true }
}
