output "b" { value = core::uppr("x") }
