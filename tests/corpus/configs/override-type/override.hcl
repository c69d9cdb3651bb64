variable "a" {
  type    = number
  default = 4
}
