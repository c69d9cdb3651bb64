variable "e" {
  default   = 3
  ephemeral = true
}
module "m" {
  source = "./m"
  count  = var.e
}
output "o" {
  value = 1
}
