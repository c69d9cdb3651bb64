variable "for_each" { default = 1 }
