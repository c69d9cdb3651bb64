locals { x = 1 }
module "m" {
  source = "./m"
}
output "o" { value = [local.x, module.m.x] }
