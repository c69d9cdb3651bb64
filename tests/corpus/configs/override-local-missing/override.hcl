locals {
  c = 10
}
