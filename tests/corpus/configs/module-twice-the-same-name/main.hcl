module "a" {
  source = "./a"
  v      = 1
}
module "a" {
  source = "./a"
  v      = 2
}
