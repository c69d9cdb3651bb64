output "o" {
  value       = 1
  description = "d"
}
