variable "v" {
  default   = 1
  sensitive = "true"
}
output "o" {
  value     = var.v
  sensitive = true
}
