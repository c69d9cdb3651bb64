variable "a" {
  type = list(object({
    n = string
    o = optional(object({
      p = optional(number, 1)
      q = optional(map(bool), { z = true })
    }), {})
  }))
  default = [{ n = "a" }, { n = "b", o = { p = null, q = {} } }, { n = "c", o = null }]
}
output "o" { value = var.a }
