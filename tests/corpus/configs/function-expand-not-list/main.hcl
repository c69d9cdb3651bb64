output "b" { value = max("x"...) }
