module "a" {
  source = "./a"
  v      = 1
  lifecycle {
    prevent_destroy = true
  }
}
