variable "ports" {
  type    = list(number)
  default = [80, 443, 70000]
  validation {
    condition     = alltrue([for p in var.ports : p > 0 && p < 65536])
    error_message = "Ports: ${join(", ", [for p in var.ports : p if p >= 65536])} are too large."
  }
}
