output "a" {
  value = local.a
}
