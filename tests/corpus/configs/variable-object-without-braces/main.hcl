variable "a" {
  type    = object(string)
  default = {}
}
