module "m" { source = "./b" }
