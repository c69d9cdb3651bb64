module "a" {
  v = 1
}
