locals {
  a = 10
}
