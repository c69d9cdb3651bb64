module "a" {
  source = "./a"
  count  = null
  v      = 1
}
