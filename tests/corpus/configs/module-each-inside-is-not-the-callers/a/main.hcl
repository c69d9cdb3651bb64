output "k" {
  value = each.key
}
