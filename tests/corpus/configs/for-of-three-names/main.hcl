locals { x = [for a, b, c in [1] : a] }
