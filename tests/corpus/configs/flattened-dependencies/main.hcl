locals {
  services = { web = { port = 80, deps = ["db"] }, db = { port = 5432, deps = [] } }
  flat = flatten([for k, s in local.services : [for d in s.deps : { from = k, to = d }]])
}
output "o" { value = { for e in local.flat : "${e.from}-${e.to}" => e } }
