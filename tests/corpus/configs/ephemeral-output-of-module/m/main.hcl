variable "t" {
  default   = "x"
  ephemeral = true
}
output "t" {
  value     = var.t
  ephemeral = true
}
