output "b" { value = uppr("x") }
