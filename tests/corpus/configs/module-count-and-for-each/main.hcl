module "a" {
  source   = "./a"
  for_each = toset(["q"])
  count    = 1
  v        = 1
}
