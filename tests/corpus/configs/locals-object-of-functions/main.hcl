locals {
  names  = ["web", "db", "cache"]
  ports  = { for i, n in local.names : n => 8000 + i }
  byport = { for n, p in local.ports : tostring(p) => n }
  groups = { for n in local.names : length(n) => n... }
}
output "o" { value = [local.ports, local.byport, local.groups] }
