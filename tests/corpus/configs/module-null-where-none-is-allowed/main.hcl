module "a" {
  source = "./a"
  x      = null
}
