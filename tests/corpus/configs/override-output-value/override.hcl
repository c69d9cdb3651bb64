output "a" {
  value = "fixed"
}
