output "o" { value = templatefile("t.tpl", { names = ["a", "b"], n = 2 }) }
