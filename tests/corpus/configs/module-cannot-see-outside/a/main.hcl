output "y" {
  value = local.y
}
