locals {
  a = local.b
  b = [local.c]
  c = { d = local.a }
}
