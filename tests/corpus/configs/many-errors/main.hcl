output "a" {
  value = local.x
}
output "b" {
  value = var.y
}
output "c" {
  valu = 1
}
