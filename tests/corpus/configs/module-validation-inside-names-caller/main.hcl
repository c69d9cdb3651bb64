module "m" {
  source = "./m"
  port   = 70000
}
