module "a" {
  source = "./a"
  s      = ["b", "a", "b"]
}
output "o" {
  value = [for x in module.a.s : x]
}
