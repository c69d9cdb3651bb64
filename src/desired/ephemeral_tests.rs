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

#[test]
fn parts_of_locals_were_looked_into_again_for_each_reference() {
    let references =
        |level: usize| -> String { (0..30).map(|_| format!("local.l{level}.a, ")).collect::<String>() };
    let levels: String = (1..=8)
        .map(|level| {
            format!(
                "  l{level} = {{ a = [{}], e = local.l{}.e }}\n",
                references(level - 1),
                level - 1
            )
        })
        .collect();
    let text = format!(
        "{VARIABLES}locals {{\n  l0 = {{ a = var.plain, e = var.token }}\n{levels}}}\noutput \"a\" {{\n  value = length(local.l8.a)\n}}\n"
    );
    let begun = std::time::Instant::now();
    let problems = super::ephemeral::problems(&super::tests::config(&text));
    assert!(!problems.has_errors(), "{problems:?}");
    assert!(begun.elapsed().as_secs() < 10);
    let kept = text.replace("length(local.l8.a)", "local.l8.e");
    assert!(errors(&kept).contains("Ephemeral value in an output"));
}

#[test]
fn the_keys_of_what_is_imported_are_kept_too() {
    let text = r#"
volume "v" {
  for_each = toset(["canary"])
}
import {
  for_each = ["x"]
  to       = volume.v[var.token]
  id       = each.value
}
"#;
    let found = errors(&format!("{VARIABLES}{text}"));
    assert!(
        found.contains("Ephemeral import") && found.contains("[var.token]"),
        "{found}"
    );
}
