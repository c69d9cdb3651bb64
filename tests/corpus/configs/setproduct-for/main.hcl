locals {
  pairs = { for p in setproduct(["a", "b"], [1, 2]) : "${p[0]}${p[1]}" => { n = p[0], i = p[1] } }
}
output "o" { value = local.pairs }
