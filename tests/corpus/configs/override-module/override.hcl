module "m" {
  x = 10
}
