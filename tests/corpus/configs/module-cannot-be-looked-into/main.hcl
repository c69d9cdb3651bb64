module "a" {
  source = "./a"
}
output "y" {
  value = local.y
}
