module "a" {
  source = "./ab"
  in1    = "start"
  in2    = module.b.out1
}
module "b" {
  source = "./ab"
  in1    = module.a.out1
  in2    = module.a.out2
}
output "end" {
  value = module.b.out2
}
