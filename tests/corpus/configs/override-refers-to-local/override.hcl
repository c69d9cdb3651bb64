output "a" {
  value = local.x
}
