container "a" {
  image = "x
  port {
}
volume "b" {
  size = 1,
}
locals { a = local.b, }
