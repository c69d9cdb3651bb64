variable "v" {
  default = 1
  foo     = 2
}
