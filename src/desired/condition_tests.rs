//! Conditions as literals: what holds, what does not, and what is known only after apply.

use super::tests::{desired, errors};
use super::*;

/// Renders what became of the conditions, and the warnings.
fn checked(text: &str) -> String {
    let desired = desired(text);
    let results = desired.checks.iter().map(|it| {
        let key = it.key.as_ref().map(|key| format!("[{key}]")).unwrap_or_default();
        let messages = it.messages.join("; ");
        format!("{} {:?}{key}: {:?} {messages}", it.module, it.subject, it.outcome)
            .trim()
            .to_owned()
    });
    let warnings = desired
        .warnings
        .0
        .iter()
        .chain(&desired.unsettled.0)
        .map(|warning| format!("{}: {}", warning.summary, warning.detail));
    results.chain(warnings).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_becomes_of_every_condition_is_kept() {
    insta::assert_snapshot!(checked(
        r#"
variable "n" {
  default = 2
  validation {
    condition     = var.n > 0
    error_message = "positive"
  }
}
container "web" {
  count = var.n
  image = "web"
  lifecycle {
    precondition {
      condition     = var.n == 2
      error_message = "two"
    }
    postcondition {
      condition     = self.id != "${count.index}"
      error_message = "id"
    }
  }
}
output "n" {
  value = var.n
  precondition {
    condition     = var.n < 10
    error_message = "few"
  }
}
check "fails" {
  assert {
    condition     = var.n == 3
    error_message = "n is ${var.n}"
  }
  assert {
    condition     = container.web[0].id == "a"
    error_message = "never said"
  }
}
check "holds" {
  assert {
    condition     = var.n == 2
    error_message = "n"
  }
}
check "later" {
  assert {
    condition     = container.web[0].id == "a"
    error_message = "never said"
  }
}
"#
    ));
}

#[test]
fn conditions_that_do_not_hold_are_all_told() {
    insta::assert_snapshot!(errors(
        r#"
variable "n" {
  default = 0
  validation {
    condition     = var.n > 0
    error_message = "n must be positive, and is ${var.n}."
  }
  validation {
    condition     = var.n != 0
    error_message = sensitive("hidden")
  }
}
variable "secret" {
  default   = "s3cret"
  sensitive = true
}
volume "pre" {
  lifecycle {
    precondition {
      condition     = var.secret == "x"
      error_message = "It is ${var.secret}."
    }
  }
}
volume "post" {
  name = "a"
  lifecycle {
    postcondition {
      condition     = self.name == "b"
      error_message = "It is ${self.name}."
    }
  }
}
volume "type" {
  lifecycle {
    precondition {
      condition     = var.n
      error_message = "no condition"
    }
    precondition {
      condition     = var.n == 0 ? null : true
      error_message = "null"
    }
  }
}
output "o" {
  value = 1
  precondition {
    condition     = var.n == 1
    error_message = "n is not 1"
  }
}
"#
    ));
}

#[test]
fn no_condition_stops_who_takes_everything_away() {
    let text = r#"
variable "n" {
  default = 0
}
volume "data" {
  lifecycle {
    precondition {
      condition     = var.n > 0
      error_message = "n"
    }
    postcondition {
      condition     = self.name == "other"
      error_message = "name"
    }
  }
}
check "n" {
  assert {
    condition     = var.n > 0
    error_message = "n"
  }
}
"#;
    let destroying = Inputs {
        destroying: true,
        ..super::tests::inputs()
    };
    let desired = evaluate(&super::tests::config(text), &destroying, &mut Unknowns::default()).unwrap();
    assert_eq!(desired.instances.len(), 1);
    assert!(desired.warnings.0.is_empty() && desired.checks.is_empty());
}

#[test]
fn the_default_of_a_variable_was_evaluated_as_any_expression() {
    insta::assert_snapshot!(errors(
        r#"
variable "call" {
  default = { a = upper("x"), b = [lower("Y")] }
}
variable "reference" {
  default = "${local.a}-${var.call.a}"
}
variable "word" {
  default = production
}
variable "constant" {
  default = true ? [for n in [1, 2] : n * 2] : null
}
variable "secret" {
  default   = "s3cret-${upper("x")}"
  sensitive = true
}
locals {
  a = "a"
}
"#
    ));
}

#[test]
fn nested_blocks_have_no_labels_that_dynamic_could_give() {
    let text = |labels: &str| {
        format!(
            "container \"web\" {{\n  image = \"web\"\n  dynamic \"port\" {{\n    for_each = [80]\n    labels   = {labels}\n    content {{\n      container = port.value\n    }}\n  }}\n}}\n"
        )
    };
    assert_eq!(desired(&text("[]")).instances.len(), 1);
    insta::assert_snapshot!(errors(&text("[\"a\"]")), @r#"
    Error: Unexpected labels
      Blocks of type `port` have no labels.
      at main.hcl:5:16 [[\"a\"]]: gives labels
      help: Take `labels` out.
    "#);
}
