output "x" {
  value = module.b.w
}
