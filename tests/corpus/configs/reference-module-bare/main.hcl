output "b" { value = module }
