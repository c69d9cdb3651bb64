variable "a" {
  defalt = 1
}
