variable "e" {
  default   = 3
  ephemeral = true
}
module "m" {
  source = "./m"
  x      = var.e
}
output "o" {
  value = 1
}
