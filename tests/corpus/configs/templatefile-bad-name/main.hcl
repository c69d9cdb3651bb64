output "o" { value = templatefile("t.tpl", { "a b" = 2 }) }
