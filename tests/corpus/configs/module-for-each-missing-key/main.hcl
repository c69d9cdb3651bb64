module "a" {
  source   = "./a"
  for_each = toset(["q"])
  v        = 1
}
output "x" {
  value = module.a["r"].v
}
