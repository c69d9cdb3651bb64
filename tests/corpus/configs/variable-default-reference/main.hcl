variable "w" {
  default = 1
}
variable "v" {
  default = var.w
}
output "o" {
  value = var.v
}
