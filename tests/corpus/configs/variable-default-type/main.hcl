variable "v" {
  type    = list(string)
  default = "x"
}
output "o" {
  value = 1
}
