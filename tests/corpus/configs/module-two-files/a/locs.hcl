locals {
  w = var.v + 1
}
