variable "a" {
  default = 9
}
