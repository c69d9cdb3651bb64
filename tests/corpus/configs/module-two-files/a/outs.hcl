output "w" {
  value = local.w
}
