//! Ephemeral values as literals → what is left of them, and where they must not go.

use super::tests::{desired, errors};

/// Returns the outputs, one a line.
fn outputs(text: &str) -> String {
    let desired = desired(text);
    let outputs = desired.outputs.iter();
    let lines: Vec<String> = outputs
        .map(|(name, output)| format!("{name} = {:?}", output.value))
        .collect();
    lines.join("\n")
}

const VARIABLES: &str = r#"
variable "token" {
  type      = string
  default   = "canary"
  ephemeral = true
}
variable "plain" {
  default = "p"
}
"#;

#[test]
fn ephemeralasnull_left_ephemeral_values_as_they_were() {
    let text = r#"
locals {
  object   = { a = var.token, b = [var.plain, var.token], c = "x-${var.token}" }
  inner    = local.object.b
  fallback = coalesce(ephemeralasnull(var.token), "fallback")
}
output "gone" {
  value = ephemeralasnull(var.token)
}
output "object" {
  value = ephemeralasnull(local.object)
}
output "inner" {
  value = ephemeralasnull(local.inner)
}
output "part" {
  value = ephemeralasnull(local.object.b[0])
}
output "lasting" {
  value = ephemeralasnull([var.plain, 1])
}
output "map" {
  value = ephemeralasnull(tomap({ a = var.token, b = "b" }))
}
output "set" {
  value = [ephemeralasnull(toset([var.token, "b"])), 1]
}
output "decided" {
  value = [ephemeralasnull(var.token == "canary" ? 1 : 2), ephemeralasnull(local.fallback)]
}
"#;
    insta::assert_snapshot!(outputs(&format!("{VARIABLES}{text}")));
}

#[test]
fn ephemeral_values_must_not_be_kept() {
    let text = r#"
locals {
  made = { a = upper(var.token), b = var.plain }
}
container "web" {
  image = "web"
  env   = { TOKEN = local.made.a, PLAIN = local.made.b, GONE = ephemeralasnull(local.made.a) }
}
volume "data" {
  count = var.token == "canary" ? 1 : 0
}
import {
  to = container.web
  id = var.token
}
output "shown" {
  value = var.token
}
output "root" {
  value     = var.token
  ephemeral = true
}
"#;
    insta::assert_snapshot!(errors(&format!("{VARIABLES}{text}")));
}
