module "a b" {
  source = "./a"
  v      = 1
}
