module "a" {
  source = "./a"
  count  = 1.5
  v      = 1
}
