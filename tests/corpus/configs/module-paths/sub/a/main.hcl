module "b" {
  source = "../b"
}
output "paths" {
  value = concat([path.module, path.root], module.b.paths)
}
