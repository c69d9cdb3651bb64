output "a" {
  value = true ? null : "x"
}
output "b" {
  value = [null]
}
