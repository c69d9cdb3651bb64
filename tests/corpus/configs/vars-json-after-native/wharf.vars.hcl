v = "native"
