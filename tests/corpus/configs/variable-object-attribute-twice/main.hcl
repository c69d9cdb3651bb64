variable "a" {
  type    = object({ a = string, b = number })
  default = { a = "x", b = "y" }
}
