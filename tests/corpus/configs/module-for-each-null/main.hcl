module "a" {
  source   = "./a"
  for_each = null
  v        = 1
}
