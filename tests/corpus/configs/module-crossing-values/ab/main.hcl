variable "in1" {}
variable "in2" {}
output "out1" {
  value = "<${var.in1}>"
}
output "out2" {
  value = "[${var.in2}]"
}
