output "x" {
  value = module
}
