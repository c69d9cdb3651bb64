variable "a" {
  nullable = "false"
  default  = "x"
}
output "o" { value = var.a }
