variable "a" {
  default = "b"
}
