output "a" {
  sensitive = true
}
