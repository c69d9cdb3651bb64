module "a" {
  source = "./a"
  count  = -1
  v      = 1
}
