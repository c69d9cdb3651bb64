output "s" {
  value     = "hidden"
  sensitive = true
}
