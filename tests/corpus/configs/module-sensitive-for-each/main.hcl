module "a" {
  source   = "./a"
  for_each = sensitive(toset(["x"]))
  v        = 1
}
