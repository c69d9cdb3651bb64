variable "a" {
  default = "z"
}
