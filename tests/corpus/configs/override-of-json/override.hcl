variable "a" {
  default = "native"
}
