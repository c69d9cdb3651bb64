module "a" {
  source = "./a"
  v {
    x = 1
  }
}
