variable "a" {
  type    = optional(string)
  default = "x"
}
