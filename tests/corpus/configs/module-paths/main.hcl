module "a" {
  source = "./sub/a"
}
output "x" {
  value = concat([path.module, path.root], module.a.paths)
}
