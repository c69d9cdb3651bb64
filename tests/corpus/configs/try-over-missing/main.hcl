locals {
  m = { a = { b = null } }
}
output "o" { value = [try(local.m.a.c, "none"), try(local.m.x.c, local.m.a.b, "z"), can(local.m.a.b.c), try(local.m["a"]["b"], 1)] }
