module "a" {
  source = "./a"
  count  = length(module.a) + 1
  v      = 1
}
