locals {
  w = 
}
