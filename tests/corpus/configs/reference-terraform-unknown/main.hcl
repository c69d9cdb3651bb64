output "b" { value = terraform.nope }
