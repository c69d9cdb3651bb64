output "t" { value = file("${path.module}/t.txt") }
