module "m" { y = 3 }
