v = var.w
