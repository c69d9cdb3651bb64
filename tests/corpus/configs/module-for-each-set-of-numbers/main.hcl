module "a" {
  source   = "./a"
  for_each = toset([1, 2])
  v        = each.key
}
