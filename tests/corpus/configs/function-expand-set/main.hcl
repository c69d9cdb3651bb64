output "b" { value = max(toset([1, 5, 3])...) }
