module "a" {
  source   = "./a"
  for_each = ["q", "p"]
  v        = 1
}
