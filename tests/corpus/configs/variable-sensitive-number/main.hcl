variable "a" {
  sensitive = 1
  default   = 1
}
