variable "a" {
  type    = list(upper("string"))
  default = []
}
