variable "p" {}
variable "q" {}
output "p" {
  value = var.p + 1
}
output "q" {
  value = var.q + 1
}
