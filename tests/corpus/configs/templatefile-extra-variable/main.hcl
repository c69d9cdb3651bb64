output "o" { value = templatefile("t.tpl", { n = 2, m = 3 }) }
