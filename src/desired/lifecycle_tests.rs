//! `lifecycle` blocks as literals: `enabled`, and what is decided by expressions.

use super::tests::{desired, errors, plan};

#[test]
fn a_block_that_is_not_enabled_has_no_instance_and_is_null_to_others() {
    let text = |flag: &str| {
        format!(
            r#"
variable "on" {{
  default = {flag}
}}
volume "data" {{
  name = "data"
  lifecycle {{
    enabled = var.on
  }}
}}
output "name" {{
  value = volume.data == null ? "none" : volume.data.name
}}
"#
        )
    };
    assert_eq!(plan(&text("false")), "output name = \"none\"");
    assert_eq!(
        plan(&text("true")),
        "volume.data (data) name=\"data\"\noutput name = \"data\""
    );
    assert_eq!(plan(&text("\"true\"")), plan(&text("true")));
}

#[test]
fn enabled_must_be_known_and_no_secret() {
    insta::assert_snapshot!(errors(
        r#"
variable "secret" {
  default   = true
  sensitive = true
}
container "web" {
  image = "web"
}
volume "unknown" {
  lifecycle {
    enabled = container.web.id == "a"
  }
}
volume "secret" {
  lifecycle {
    enabled = var.secret
  }
}
volume "null" {
  lifecycle {
    enabled = null
  }
}
volume "text" {
  lifecycle {
    enabled = "maybe"
  }
}
"#
    ));
}

#[test]
fn lifecycle_arguments_are_expressions() {
    let desired = desired(
        r#"
variable "production" {
  default = true
}
locals {
  ignored = ["memory", "env.TOKEN"]
}
container "web" {
  image = "web"
  lifecycle {
    prevent_destroy = var.production
    ignore_changes  = local.ignored
  }
}
container "db" {
  image = "db"
  lifecycle {
    prevent_destroy = !var.production
    ignore_changes  = "all"
  }
}
"#,
    );
    let of = |name: &str| {
        let address: crate::address::Address = format!("container.{name}").parse().unwrap();
        &desired.instances[&address].lifecycle
    };
    assert!(of("web").prevent_destroy && !of("db").prevent_destroy);
    assert_eq!(of("web").ignore_changes, ["memory", "env.TOKEN"]);
    assert_eq!(of("db").ignore_changes, ["*"]);
}

#[test]
fn what_lifecycle_expressions_cannot_be_is_told() {
    insta::assert_snapshot!(errors(
        r#"
variable "secret" {
  default   = "memory"
  sensitive = true
}
container "db" {
  image = "db"
}
container "web" {
  image = "web"
  lifecycle {
    prevent_destroy = container.db.id == "a"
    ignore_changes  = [var.secret]
  }
}
container "other" {
  image = "web"
  lifecycle {
    prevent_destroy = "maybe"
    ignore_changes  = [upper("memory")]
  }
}
"#
    ));
}
