removed {
  from = module.a
  lifecycle { destroy = true }
}
output "o" { value = 1 }
