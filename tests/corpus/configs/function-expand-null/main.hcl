output "b" { value = max(null...) }
