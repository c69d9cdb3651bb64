locals {
  b = 20
  a = 10
}
