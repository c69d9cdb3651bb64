module "m" {
  source     = "./m"
  v          = 1
  depends_on = [module.m]
}
