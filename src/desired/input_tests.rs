//! What is given from outside → values of variables and settings, or what is wrong.

use super::tests::{config, errors, errors_with, inputs, plan, rendered};
use super::*;
use crate::config::tests::compact;
use crate::config::variables;

#[test]
fn variables_take_the_last_value_that_is_given() {
    let text = r#"
variable "a" {
}
variable "b" {
}
variable "c" {
}
variable "d" {
  default = "default"
}
variable "list" {
  type = list(string)
}
variable "text" {
  type = string
}
variable "number" {
  type = number
}
variable "filled" {
  type     = string
  default  = "filled"
  nullable = false
}
output "all" {
  value = [var.a, var.b, var.c, var.d, var.list, var.text, var.number, var.filled]
}
"#;
    let mut inputs = inputs();
    for name in ["a", "b", "c"] {
        inputs
            .environment
            .insert(format!("WHARF_VAR_{name}"), "environment".to_owned());
    }
    inputs
        .environment
        .insert("WHARF_VAR_filled".to_owned(), "x".to_owned());
    let file = |name: &str, text: &str| Assignment::File(variables::parse(&Source::new(name, text)).unwrap());
    let option = |name: &str, text: &str| Assignment::Option {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    inputs.assignments = vec![
        file(
            "wharf.vars.hcl",
            "b = \"file\"\nc = \"file\"\nfilled = null\nunused = 1\n",
        ),
        option("c", "[1]"),
        option("list", r#"["a", 2]"#),
        option("text", "null"),
        option("number", "5"),
    ];
    let desired = evaluate(&config(text), &inputs, &mut Unknowns::default()).unwrap();
    insta::assert_snapshot!(rendered(&desired), @r#"output all = ["environment", "file", "[1]", "default", ["a", "2"], "null", 5, "filled"]"#);
    insta::assert_snapshot!(compact(&desired.warnings), @r#"
    Warning: Undeclared variable
      No variable has the name `unused`.
      at wharf.vars.hcl:4:1 [unused]: has no effect
      help: Declare it with `variable "unused" { … }`, or take the value out.
    "#);
}

#[test]
fn wrong_values_of_variables_are_all_reported() {
    let text = r#"
variable "missing" {
}
variable "number" {
  type = number
}
variable "list" {
  type    = list(string)
  default = "x"
}
variable "given" {
  type = list(number)
}
variable "even" {
  default = 3
  validation {
    condition     = var.even % 2 == 0
    error_message = "It must be even, not ${var.even}."
  }
}
variable "reference" {
  default = var.even
}
variable "null" {
  nullable = false
}
"#;
    let mut inputs = inputs();
    let option = |name: &str, text: &str| Assignment::Option {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    inputs.assignments = vec![
        option("number", "five"),
        option("given", "[1, x]"),
        option("evne", "2"),
        Assignment::File(variables::parse(&Source::new("x.vars.hcl", "null = null\n")).unwrap()),
    ];
    insta::assert_snapshot!(errors_with(text, &inputs), @r#"
    Error: Undeclared variable
      `--var` gives a value to `evne`, and no variable has that name.
      help: Did you mean `even`?
    Error: Invalid value of a variable
      The value does not fit the type of `number`: a number is required, and this string is not one.
      at --var number:1:1 [five]: this value
      also main.hcl:4:1 [variable \"number\"]: declared here
    Error: References are not possible here
      The value of a variable is written out: it cannot refer to anything.
      at --var given:1:5 [x]: a reference
      help: Text is written in double quotes: `"x"`.
    Error: Invalid value of a variable
      `null` cannot be null.
      at x.vars.hcl:1:8 [null]: null
    Error: Missing variable
      `missing` has no default, and no value is given.
      at main.hcl:2:1 [variable \"missing\"]: needs a value
      help: Give one with `--var missing=…`, in `wharf.vars.hcl`, or in the environment as `WHARF_VAR_missing`.
    Error: Invalid value of a variable
      The value does not fit the type of `list`: a list of string is required, not a string.
      at main.hcl:9:13 [\"x\"]: this value
      also main.hcl:7:1 [variable \"list\"]: declared here
    Error: Invalid value of a variable
      It must be even, not 3.
      at main.hcl:14:1 [variable \"even\"]: its value was refused
      also main.hcl:17:21 [var.even % 2 == 0]: by this condition
    Error: References are not possible here
      The value of a variable is written out: it cannot refer to anything.
      at main.hcl:22:13 [var.even]: a reference
      help: Put the two together in a local value.
    "#);
}

#[test]
fn settings_use_variables_and_locals_but_no_objects() {
    let config_text = r#"
wharf {
  required_version = ">= 0.1"
  project          = "${var.team}-shop"
  state "local" {
    path = local.path
  }
}
engine {
  host = "unix:///run/${wharf.workspace}.sock"
}
variable "team" {
  default = "blue"
}
locals {
  path = "state/${var.team}.json"
}
volume "data" {
}
"#;
    let settings = settings(&config(config_text), &inputs()).unwrap();
    assert_eq!(settings.project, "blue-shop");
    assert_eq!(settings.state_path.as_deref(), Some("state/blue.json"));
    assert_eq!(settings.engine_host.as_deref(), Some("unix:///run/default.sock"));
    assert!(plan(config_text).contains("(blue-shop-data)"));

    insta::assert_snapshot!(errors(
        r#"
wharf {
  required_version = ">= 99"
  project          = volume.data.name
}
engine {
  host = local.nothing
}
volume "data" {
}
"#
    ), @r#"
    Error: Unsuitable version of wharf
      The configuration is for wharf `>= 99`, and this is 0.1.0.
      at main.hcl:3:22 [\">= 99\"]: required here
    Error: Settings cannot refer to objects
      This must be known before any object is looked at; it may use variables, local values and functions.
      at main.hcl:4:22 [volume.data.name]
    Error: Undefined reference
      There is no local value `nothing`.
      at main.hcl:7:16 [nothing]: not declared
    "#);
}

#[test]
fn nothing_given_from_outside_shows_in_debug_output() {
    let mut inputs = inputs();
    inputs
        .environment
        .insert("WHARF_VAR_token".to_owned(), "s3cret".to_owned());
    inputs.assignments = vec![
        Assignment::Option {
            name: "token".to_owned(),
            text: "s3cret".to_owned(),
        },
        Assignment::File(variables::parse(&Source::new("x.vars.hcl", "token = \"s3cret\"\n")).unwrap()),
    ];
    let config = config("container \"web\" {\n  image = \"s3cret\"\n}\nlocals {\n  a = \"s3cret\"\n}\n");
    let shown = format!("{inputs:?} {config:?} {:?}", inputs.assignments);
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[test]
fn a_secret_of_the_wrong_type_is_not_pointed_at() {
    let text = "variable \"token\" {\n  type      = number\n  sensitive = true\n}\n";
    let mut inputs = inputs();
    let file = Source::new("x.vars.hcl", "token = \"s3cret\"\n");
    inputs.assignments = vec![Assignment::File(variables::parse(&file).unwrap())];
    insta::assert_snapshot!(errors_with(text, &inputs), @r#"
    Error: Invalid value of a variable
      The value does not fit the type of `token`: a number is required, and this string is not one.
      at main.hcl:1:1 [variable \"token\"]: its value does not fit
    "#);
    for written in [
        "hunter2",
        "upper(\"hunter2\")",
        "\"hunter2${1 + \"x\"}\"",
        "[hunter2, local.hunter2]",
    ] {
        let file = Source::new("x.vars.hcl", format!("token = {written}\n"));
        inputs.assignments = vec![Assignment::File(variables::parse(&file).unwrap())];
        let found = errors_with(text, &inputs);
        assert!(
            !found.contains("hunter2") && !found.contains("x.vars.hcl:1"),
            "{written}: {found}"
        );
        assert_eq!(found.matches("Error").count(), 1, "{written}: {found}");
    }
    let default = "variable \"token\" {\n  sensitive = true\n  default   = \"hunter2\" + 1\n}\n";
    let found = errors(default);
    assert!(
        !found.contains("hunter2") && !found.contains("main.hcl:3"),
        "{found}"
    );
    let keys = "variable \"token\" {\n  sensitive = true\n  type      = map(number)\n}\n";
    let file = Source::new("x.vars.hcl", "token = { hunter2 = \"x\" }\n");
    inputs.assignments = vec![Assignment::File(variables::parse(&file).unwrap())];
    let found = errors_with(keys, &inputs);
    assert!(
        found.contains("does not fit") && !found.contains("hunter2"),
        "{found}"
    );
}

#[test]
fn a_default_that_is_not_written_out_was_told_twice() {
    for text in [
        "variable \"x\" {\n  default = upper(\"a\")\n}\n",
        "variable \"x\" {\n  default = y\n}\n",
    ] {
        let found = errors(&format!("{text}output \"o\" {{\n  value = [var.x, \"a\"]\n}}\n"));
        assert_eq!(found.matches("Error").count(), 1, "{found}");
        let mut inputs = inputs();
        inputs
            .environment
            .insert("WHARF_VAR_x".to_owned(), "given".to_owned());
        assert_eq!(errors_with(text, &inputs).matches("Error").count(), 1);
    }
}

/// The declaration was pointed at, which is not where the mistake is.
#[test]
fn a_refused_value_is_shown_where_it_is_given() {
    let text = r#"
variable "port" {
  validation {
    condition     = var.port < 10
    error_message = "Too large."
  }
}
"#;
    let mut inputs = inputs();
    let file = Source::new("x.vars.hcl", "port = 70\n");
    inputs.assignments = vec![Assignment::File(variables::parse(&file).unwrap())];
    insta::assert_snapshot!(errors_with(text, &inputs), @r#"
    Error: Invalid value of a variable
      Too large.
      at x.vars.hcl:1:8 [70]: this value was refused
      also main.hcl:2:1 [variable \"port\"]: declared here
      also main.hcl:4:21 [var.port < 10]: by this condition
    "#);
}
