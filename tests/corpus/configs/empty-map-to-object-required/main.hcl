module "m" {
  source = "./m"
  v      = tomap({})
}
