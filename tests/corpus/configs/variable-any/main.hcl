variable "v" {
  type    = any
  default = [1, "a"]
}
output "o" {
  value = var.v
}
