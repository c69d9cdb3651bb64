variable "a" {
  type    = tuple([string, number])
  default = [1]
}
