variable "a" {
  nullable = var.b
  default  = 1
}
variable "b" { default = true }
