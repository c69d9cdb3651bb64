module "a" {
  source = "./a"
  n      = "five"
}
