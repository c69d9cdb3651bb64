variable "1a" { default = 1 }
