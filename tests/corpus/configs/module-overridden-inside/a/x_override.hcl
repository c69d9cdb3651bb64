variable "v" {
  default = 3
}
