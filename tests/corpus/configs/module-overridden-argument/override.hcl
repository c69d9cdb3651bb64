module "a" {
  v = 2
}
