variable "v" {
  type = object({ a = optional(string, "d"), r = string })
}
