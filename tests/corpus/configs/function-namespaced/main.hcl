output "b" { value = core::upper("x") }
