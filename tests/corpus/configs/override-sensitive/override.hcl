variable "a" {
  sensitive = false
}
