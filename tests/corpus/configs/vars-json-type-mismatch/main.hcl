variable "a" { type = list(number) }
