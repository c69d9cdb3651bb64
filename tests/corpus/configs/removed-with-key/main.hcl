removed {
  from = module.a["x"]
  lifecycle { destroy = false }
}
