variable "a" {
  type    = object({ x = optional(string, "a", "b") })
  default = {}
}
