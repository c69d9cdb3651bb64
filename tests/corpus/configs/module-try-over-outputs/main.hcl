module "a" {
  source = "./a"
  v      = { x = 1 }
}
output "x" {
  value = try(module.a.v.y, "none")
}
output "c" {
  value = can(module.a.v.x)
}
