variable "a" {
  default = "one"
}
variable "a" {
  default = "two"
}
