variable "a" {
  lifecycle {}
}
