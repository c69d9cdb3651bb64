module "m" {
  source = "./m"
  count  = 1
}
module "n" {
  source = "./m"
  count  = 0
}
output "o" { value = [one(module.m[*].a), one(module.n[*].a)] }
