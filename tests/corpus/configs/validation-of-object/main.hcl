variable "o" {
  type    = object({ min = number, max = number })
  default = { min = 3, max = 2 }
  validation {
    condition     = var.o.min <= var.o.max
    error_message = "The least is more than the most."
  }
}
