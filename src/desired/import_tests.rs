//! `import` blocks as literals → what is taken over, or what is wrong.

use super::tests::{config, desired, errors, inputs};
use super::*;

/// Renders what is taken over, and how many imports are not decided yet.
fn imports(text: &str) -> String {
    let imports = desired(text).imports;
    let known = imports
        .known
        .iter()
        .map(|import| format!("{} = {}", import.address, import.id));
    let open = imports
        .undecided
        .iter()
        .map(|import| format!("{}: {}", import.problem.summary, import.problem.detail));
    known.chain(open).collect::<Vec<_>>().join("\n")
}

#[test]
fn ids_and_keys_are_evaluated_for_each_element() {
    insta::assert_snapshot!(imports(
        r#"
locals {
  them = { a = "first", b = "second" }
}
volume "one" {}
volume "map" {
  for_each = local.them
}
volume "list" {
  count = 2
}
import {
  to = volume.one
  id = "the-${local.them.a}"
}
import {
  for_each = local.them
  to       = volume.map[each.key]
  id       = each.value
}
import {
  for_each = ["x", "y"]
  to       = volume.list[each.key]
  id       = "list-${each.value}"
}
"#
    ), @r#"
    volume.one = the-first
    volume.map["a"] = first
    volume.map["b"] = second
    volume.list[0] = list-x
    volume.list[1] = list-y
    "#);
}

#[test]
fn what_only_the_engine_knows_is_decided_later() {
    insta::assert_snapshot!(imports(
        r#"
data "volume" "seen" {
  name = "seen"
}
volume "a" {}
volume "b" {
  count = 1
}
import {
  to = volume.a
  id = data.volume.seen.mountpoint
}
import {
  for_each = [data.volume.seen.mountpoint]
  to       = volume.b[each.key]
  id       = each.value
}
"#
    ), @"
    Unknown id: What is imported is decided while planning, and this id is known only after apply.
    Unknown id: What is imported is decided while planning, and this id is known only after apply.
    ");
}

#[test]
fn every_mistake_is_told() {
    insta::assert_snapshot!(errors(
        r#"
variable "secret" {
  default   = "s"
  sensitive = true
}
volume "data" {}
import {
  to = volume.data
  id = ""
}
import {
  to = volume.data
  id = null
}
import {
  to = volume.data
  id = ["a"]
}
import {
  to = volume.data
  id = var.secret
}
import {
  to = volume.data
  id = each.key
}
import {
  for_each = "a"
  to       = volume.data
  id       = each.key
}
import {
  for_each = { a = 1.5 }
  to       = volume.data[each.value]
  id       = "a"
}
"#
    ));
}

#[test]
fn what_is_malformed_is_told() {
    insta::assert_snapshot!(errors(
        r#"
volume "data" {}
import {
  to = data.volume.x
  id = "a"
}
import {
  to = module.x
  id = "a"
}
import {
  to = "volume.data"
  id = "a"
}
import {
  to = volume.data.name
  id = "a"
}
import {
  to = volume.data[upper("a")]
  id = "a"
}
import {
  to   = volume.data
  name = "a"
}
import "x" {
  to = volume.data
  id = "a"
}
"#
    ));
}

#[test]
fn an_instance_that_is_not_declared_and_one_that_is_imported_twice_are_told() {
    insta::assert_snapshot!(errors(
        r#"
volume "data" {}
import {
  to = volume.dat
  id = "a"
}
import {
  to = volume.data
  id = "a"
}
import {
  to = volume.data
  id = "b"
}
import {
  for_each = ["a", "b"]
  to       = volume.dat[0]
  id       = each.value
}
"#
    ));
}

#[test]
fn who_takes_everything_away_takes_nothing_over() {
    let text = "volume \"data\" {}\nimport {\n  to = volume.data\n  id = \"\"\n}\n";
    let destroying = Inputs {
        destroying: true,
        ..inputs()
    };
    let desired = evaluate(&config(text), &destroying, &mut Unknowns::default()).unwrap();
    assert!(desired.imports.known.is_empty());
}
