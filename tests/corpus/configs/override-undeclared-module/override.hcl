module "m" { source = "./a" }
