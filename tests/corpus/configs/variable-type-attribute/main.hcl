variable "a" {
  type    = string.x
  default = ""
}
