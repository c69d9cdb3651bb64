module "m" {
  source = "./m"
  count  = true
}
