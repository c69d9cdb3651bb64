module "a" {
  source = "./a"
  v      = [1, "x"]
}
output "o" { value = module.a.v }
