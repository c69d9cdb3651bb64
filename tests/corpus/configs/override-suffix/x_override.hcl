variable "a" {
  default = "over"
}
