variable "a" {
  default = "plain"
}
