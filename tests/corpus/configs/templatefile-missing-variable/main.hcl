output "o" { value = templatefile("t.tpl", { n = 2 }) }
