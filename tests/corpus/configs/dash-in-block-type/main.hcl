my-block "x" {}
