output "b" { value = max({ a = 1 }...) }
