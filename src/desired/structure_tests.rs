//! Small configurations as literals → what conditions, moves, ephemeral values and `lifecycle` come to.

use std::collections::BTreeSet;

use super::tests::{config, desired, errors, plan};
use super::*;
use crate::config::tests::compact;

fn moved(text: &str, known: &[&str]) -> String {
    let moves = Moves::new(&config(text));
    let known: BTreeSet<Address> = known.iter().map(|address| address.parse().unwrap()).collect();
    let (renamed, warnings) = moves.all(&known);
    let renamed: Vec<String> = renamed.iter().map(|(old, new)| format!("{old} -> {new}")).collect();
    let warnings = warnings.0.iter().map(|warning| warning.detail.clone());
    renamed.into_iter().chain(warnings).collect::<Vec<_>>().join("\n")
}

#[test]
fn moves_follow_blocks_instances_and_chains() {
    let blocks = "moved {\n from = container.a\n to = container.b\n}\nmoved {\n from = container.b\n to = container.c\n}\n";
    assert_eq!(
        moved(blocks, &["container.a[0]", "container.a[1]", "container.x"]),
        "container.a[0] -> container.c[0]\ncontainer.a[1] -> container.c[1]"
    );
    let instances = "moved {\n from = volume.a[0]\n to = volume.a[\"x\"]\n}\nmoved {\n from = volume.b\n to = volume.b[2]\n}\n";
    assert_eq!(
        moved(instances, &["volume.a[0]", "volume.a[1]", "volume.b"]),
        "volume.a[0] -> volume.a[\"x\"]\nvolume.b -> volume.b[2]"
    );
    let modules = "moved {\n from = module.a\n to = module.b[0]\n}\nmoved {\n from = container.x\n to = module.c.container.y\n}\n";
    assert_eq!(
        moved(modules, &["module.a.module.q[1].volume.v", "container.x"]),
        "container.x -> module.c.container.y\nmodule.a.module.q[1].volume.v -> module.b[0].module.q[1].volume.v"
    );
}

#[test]
fn gaining_and_losing_count_keeps_the_first_instance() {
    let count = "volume \"a\" {\n count = 2\n}\n";
    assert_eq!(moved(count, &["volume.a"]), "volume.a -> volume.a[0]");
    assert_eq!(moved(count, &["volume.a", "volume.a[0]"]), "");
    let single = "volume \"a\" {}\n";
    assert_eq!(moved(single, &["volume.a[0]", "volume.a[1]"]), "volume.a[0] -> volume.a");
}

#[test]
fn a_move_onto_something_that_is_there_is_left_undone() {
    let text = "moved {\n from = volume.a\n to = volume.b\n}\n";
    assert_eq!(
        moved(text, &["volume.a", "volume.b"]),
        "`volume.a` should become `volume.b`, but there is such an object already. It stays what it was."
    );
    let swap = "moved {\n from = volume.b\n to = volume.c\n}\nmoved {\n from = volume.a\n to = volume.b\n}\n";
    assert_eq!(
        moved(swap, &["volume.a", "volume.b"]),
        "`volume.b` should become `volume.c`, but there is such an object already. It stays what it was."
    );
}

#[test]
fn contradictory_moves_are_refused() {
    insta::assert_snapshot!(errors(
        r#"
volume "still" {}
volume "gone" {}
moved {
  from = volume.a
  to   = volume.a
}
moved {
  from = volume.b
  to   = volume.c
}
moved {
  from = volume.c
  to   = volume.d
}
moved {
  from = volume.d
  to   = volume.b
}
moved {
  from = volume.e
  to   = volume.f
}
moved {
  from = volume.e
  to   = volume.g
}
moved {
  from = volume.h
  to   = volume.g
}
moved {
  from = volume.still
  to   = volume.other
}
removed {
  from = volume.gone
}
"#
    ), @"");
}

#[test]
fn malformed_moves_and_removals_are_refused() {
    insta::assert_snapshot!(errors(
        r#"
moved {
  from = volume.a
  to   = network.a
}
moved {
  from = volume.a.name
  to   = "volume.b"
}
moved {
  from = data.network.a
  to   = module.b
}
moved {
  from = volume.a
}
removed {
  from = volume.a[0]
}
removed {
  from = volume.b
  lifecycle {
    destroy = var.x
  }
}
removed {
  from = volume.c
  lifecycle {
  }
}
"#
    ), @"");
}

#[test]
fn conditions_that_do_not_hold_are_errors() {
    insta::assert_snapshot!(errors(
        r#"
variable "n" {
  default = 1
}
container "web" {
  image = "web"
  lifecycle {
    precondition {
      condition     = var.n > 1
      error_message = "n is ${var.n}."
    }
  }
}
container "db" {
  image = "db"
  lifecycle {
    postcondition {
      condition     = self.image == "web" && container.web.image == "x"
      error_message = "Not ${self.image}."
    }
    postcondition {
      condition     = self.image == "web"
      error_message = "Not ${self.image}."
    }
    postcondition {
      condition     = self.id == "x"
      error_message = "Known after apply."
    }
  }
}
output "x" {
  value = 1
  precondition {
    condition     = var.n == 2
    error_message = sensitive("secret")
  }
}
"#
    ), @"");
}

#[test]
fn conditions_must_be_conditions() {
    insta::assert_snapshot!(errors(
        r#"
variable "n" {
  default = 1
  validation {
    condition     = true
    error_message = "x"
  }
}
volume "a" {
  lifecycle {
    precondition {
      condition     = self.name == "x"
      error_message = "x"
    }
    precondition {
      condition     = 1 == 1
      error_message = "x"
    }
    precondition {
      condition     = [var.n]
      error_message = "x"
    }
    precondition {
      condition     = var.n == 2
      error_message = null
    }
    precondition {
      condition = var.n == 2
    }
  }
}
check "none" {
}
"#
    ), @"");
}

#[test]
fn checks_warn() {
    let desired = desired(
        r#"
volume "a" {}
check "c" {
  assert {
    condition     = volume.a.name == "x"
    error_message = "Its name is ${volume.a.name}."
  }
  assert {
    condition     = volume.a.id == "x"
    error_message = "x"
  }
  assert {
    condition     = volume.a.name.nope
    error_message = "x"
  }
}
"#,
    );
    insta::assert_snapshot!(compact(&desired.warnings), @"");
    insta::assert_snapshot!(compact(&desired.unsettled), @"");
}

#[test]
fn enabled_decides_whether_there_is_an_instance() {
    insta::assert_snapshot!(plan(
        r#"
variable "on" {
  default = true
}
volume "a" {
  lifecycle {
    enabled = !var.on
  }
}
volume "b" {
  lifecycle {
    enabled = var.on
  }
}
output "x" {
  value = [volume.a == null, volume.b.name]
}
"#
    ), @"");
    insta::assert_snapshot!(errors(
        r#"
volume "a" {
  count = 1
  lifecycle {
    enabled = true
  }
}
volume "b" {
  lifecycle {
    enabled = "maybe"
  }
}
volume "c" {
  lifecycle {
    enabled = volume.a[0].id == ""
  }
}
"#
    ), @"");
}

#[test]
fn lifecycle_arguments_are_evaluated() {
    let desired = desired(
        r#"
variable "ignored" {
  default = ["env.TOKEN", "memory"]
}
container "web" {
  for_each = { a = true, b = false }
  image    = "web"
  lifecycle {
    prevent_destroy = each.value
    ignore_changes  = concat(var.ignored, [each.key == "a" ? "labels" : "cpus"])
  }
}
container "db" {
  image = "db"
  lifecycle {
    ignore_changes = [env, var.ignored[1]]
  }
}
"#,
    );
    let lifecycles: Vec<String> = desired
        .instances
        .values()
        .map(|it| format!("{} {} {:?}", it.address, it.lifecycle.prevent_destroy, it.lifecycle.ignore_changes))
        .collect();
    insta::assert_snapshot!(lifecycles.join("\n"), @"");
    insta::assert_snapshot!(errors(
        r#"
container "web" {
  image = "web"
  lifecycle {
    prevent_destroy = container.db.id == ""
    ignore_changes  = ["memry", env]
  }
}
container "db" {
  image = "db"
  lifecycle {
    prevent_destroy = sensitive(true)
    ignore_changes  = [1]
  }
}
"#
    ), @"");
}

#[test]
fn ephemeral_values_are_not_kept() {
    insta::assert_snapshot!(errors(
        r#"
variable "token" {
  ephemeral = true
  default   = "x"
}
locals {
  header = "Bearer ${var.token}"
  both   = { token = var.token, plain = 1 }
  void   = ephemeralasnull(var.token)
}
container "web" {
  image = "web"
  env   = { TOKEN = local.header, PLAIN = local.both.plain }
  port {
    container = length(var.token)
  }
}
volume "a" {
  count = length(var.token)
}
output "header" {
  value = local.header
}
output "plain" {
  value = local.both.plain
}
output "root" {
  value     = var.token
  ephemeral = true
}
"#
    ), @"");
}
