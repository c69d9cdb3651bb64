output "list" { value = tolist(["a", "b"]) }
output "map" { value = { k = 1 } }
output "none" { value = null }
