output "b" { value = provider::aws::arn("x") }
