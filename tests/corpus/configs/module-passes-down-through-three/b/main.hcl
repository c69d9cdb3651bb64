variable "v" { type = map(list(string)) }
output "v" { value = { for k, v in var.v : upper(k) => [for x in v : "<${x}>"] } }
