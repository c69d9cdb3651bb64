output "bad" {
  value = parseint("x", 10)
}
