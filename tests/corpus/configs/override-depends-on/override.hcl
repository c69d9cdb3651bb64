output "a" {
  depends_on = []
}
