variabel "a" {
  default = 1
}
