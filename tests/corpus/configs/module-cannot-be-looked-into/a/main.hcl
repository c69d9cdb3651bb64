locals {
  y = 1
}
