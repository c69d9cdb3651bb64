/* head */ locals { # one
  // two
  a = /* three */ 1 # four
  b = [ # five
    1, // six
    /* seven */ 2
  ]
} // eight
output "o" { value = [local.a, local.b] }
