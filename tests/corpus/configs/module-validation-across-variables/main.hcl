module "a" {
  source = "./a"
  lo     = 3
  hi     = 2
}
