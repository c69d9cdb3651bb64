module "a" {
  source     = "./a"
  v          = 1
  depends_on = [module.c]
}
