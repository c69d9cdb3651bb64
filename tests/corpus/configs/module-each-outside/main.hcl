module "a" {
  source = "./a"
  v      = each.key
}
