module "m" {
  source   = "./m"
  for_each = []
}
output "o" { value = length(module.m) }
