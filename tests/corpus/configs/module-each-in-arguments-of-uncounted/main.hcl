module "m" {
  source = "./m"
  v      = each.key
}
