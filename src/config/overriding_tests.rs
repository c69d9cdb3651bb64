//! Files and override files → what they are together, and what is wrong with them.

use super::Config;
use super::tests::{compact, configs};

const BASE: &str = r#"
variable "n" {
  type    = number
  default = 1
}
locals {
  a = 1
  b = 2
}
output "x" {
  value     = local.a
  sensitive = true
}
container "web" {
  image = "web:1"
  env   = { A = 1 }
  port {
    container = 80
  }
  port {
    container = 81
  }
  dynamic "mount" {
    for_each = []
    content {
      volume = mount.value
    }
  }
  lifecycle {
    prevent_destroy = true
    ignore_changes  = [env]
  }
}
"#;

fn overridden(change: &str) -> Config {
    match configs(&[("main.hcl", BASE), ("override.hcl", change)]) {
        Ok(config) => config,
        Err(problems) => panic!("{}", compact(&problems)),
    }
}

fn body(config: &Config) -> String {
    config.root().blocks[0].body.to_string()
}

#[test]
fn arguments_are_replaced_one_by_one_and_blocks_by_type() {
    let config = overridden(
        r#"
container "web" {
  image = "web:2"
  port {
    container = 90
  }
  mount {
    volume = "data"
  }
  lifecycle {
    prevent_destroy = false
  }
}
"#,
    );
    insta::assert_snapshot!(body(&config), @r#"
    env   = { A = 1 }
    image = "web:2"
    port {
      container = 90
    }
    mount {
      volume = "data"
    }
    "#);
    let lifecycle = &config.root().blocks[0].lifecycle;
    assert_eq!(
        lifecycle.prevent_destroy.as_ref().unwrap().expression.as_bool(),
        Some(false)
    );
    assert_eq!(lifecycle.ignore_changes.paths[0].0, "env");
}

#[test]
fn declarations_are_overridden_argument_by_argument() {
    let config = overridden(
        "variable \"n\" {\n default = 5\n}\nlocals {\n b = 20\n}\noutput \"x\" {\n value = 7\n}\n",
    );
    let variable = &config.root().variables["n"];
    assert!(variable.ty.is_some());
    assert_eq!(
        variable.default.as_ref().unwrap().span().location(),
        "override.hcl:2:12"
    );
    assert_eq!(config.root().locals["a"].value.span().location(), "main.hcl:7:7");
    assert_eq!(
        config.root().locals["b"].value.span().location(),
        "override.hcl:5:6"
    );
    assert!(config.root().outputs["x"].sensitive);
}

#[test]
fn override_files_are_taken_in_the_order_of_their_names() {
    let config = configs(&[
        ("a_override.hcl", "locals {\n a = 2\n}"),
        ("b.hcl", "locals {\n a = 1\n}"),
        ("b_override.hcl.json", "{\"locals\": {\"a\": 3}}"),
    ])
    .unwrap();
    assert_eq!(
        config.root().locals["a"].value.span().location(),
        "b_override.hcl.json:1:18"
    );
}

#[test]
fn what_cannot_be_overridden_is_refused() {
    let change = r#"
variable "m" {
  default = 5
}
variable "n" {
  validation {
    condition     = var.n > 1
    error_message = "no"
  }
}
locals {
  c = 2
}
output "x" {
  depends_on = [container.web]
}
container "wep" {}
container "web" {
  depends_on = [container.db]
}
moved {
  from = container.a
  to   = container.b
}
"#;
    let problems = configs(&[("main.hcl", BASE), ("main_override.hcl", change)]).expect_err("it is wrong");
    insta::assert_snapshot!(compact(&problems), @r#"
    Error: Nothing to override
      An override file changes blocks of other files, and no other file has this `variable` block.
      at main_override.hcl:2:1 [variable \"m\"]: not declared elsewhere
      help: Did you mean `n`?
    Error: Condition in an override file
      A `validation` block is not changed by override files, nor added by them.
      at main_override.hcl:6:3 [validation]: cannot stand here
    Error: Nothing to override
      No other file has a local value `c`.
      at main_override.hcl:12:3 [c]: not declared elsewhere
      help: Did you mean `a`?
    Error: `depends_on` in an override file
      What a block waits for is not changed by override files.
      at main_override.hcl:15:3 [depends_on]: cannot stand here
    Error: Nothing to override
      An override file changes blocks of other files, and no other file has this `container` block.
      at main_override.hcl:17:1 [container \"wep\"]: not declared elsewhere
      help: Did you mean `web`?
    Error: `depends_on` in an override file
      What a block waits for is not changed by override files.
      at main_override.hcl:19:3 [depends_on]: cannot stand here
    Error: Block in an override file
      A `moved` block is not changed by override files, nor added by them.
      at main_override.hcl:21:1 [moved]: cannot stand here
      help: Put it into an ordinary file.
    "#);
}
