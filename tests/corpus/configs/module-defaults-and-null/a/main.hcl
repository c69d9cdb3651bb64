variable "x" {
  default = "dx"
}
variable "y" {
  default  = "dy"
  nullable = false
}
variable "z" {
  default = "dz"
}
output "v" {
  value = [var.x, var.y, var.z]
}
