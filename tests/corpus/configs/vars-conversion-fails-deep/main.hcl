variable "a" {
  type = map(object({ n = number }))
}
