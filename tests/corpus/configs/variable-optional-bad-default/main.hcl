variable "a" {
  type    = object({ x = optional(number, "abc") })
  default = {}
}
