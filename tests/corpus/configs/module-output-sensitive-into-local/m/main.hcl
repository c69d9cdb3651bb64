variable "s" {
  default   = "p"
  sensitive = true
}
output "s" {
  value     = var.s
  sensitive = true
}
