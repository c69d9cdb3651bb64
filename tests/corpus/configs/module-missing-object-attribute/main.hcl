module "a" {
  source = "./a"
  o      = { b = 1 }
}
