locals { groups = { for w in ["apple", "avocado", "bean"] : substr(w, 0, 1) => w... } }
output "o" { value = local.groups }
