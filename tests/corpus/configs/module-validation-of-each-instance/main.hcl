module "a" {
  source   = "./a"
  for_each = { x = 1, y = 5 }
  n        = each.value
}
