module "a" {
  source = "./a"
  n      = 2
}
