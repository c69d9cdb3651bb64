module "a" {
  source = "./a"
  v      = 1
  w      = 2
}
