module "a" {
  source = "./a"
  x      = 1
  y      = var.x
}
