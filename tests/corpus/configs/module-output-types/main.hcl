module "m" {
  source = "./m"
}
output "o" {
  value = [module.m, module.m.list[1], module.m["map"].k, module.m.none == null]
}
