output "b" { value = self.id }
