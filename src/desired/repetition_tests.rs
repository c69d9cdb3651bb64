//! `count`, `for_each` and names as literals → which instances there are, or what is wrong.

use super::tests::errors;

#[test]
fn repetition_must_be_known_and_shown() {
    insta::assert_snapshot!(errors(
        r#"
variable "secret" {
  default   = { a = 1 }
  sensitive = true
}
volume "a" {
  count = -1
}
volume "b" {
  count = "x"
}
volume "c" {
  for_each = ["a"]
}
volume "d" {
  for_each = var.secret
}
volume "e" {
  for_each = null
}
container "x" {
  image = "x"
}
volume "f" {
  count = container.x.id == "" ? 1 : 2
  nmae  = "x"
}
volume "g" {
  for_each = toset(["a", "b"])
  name     = "same"
}
"#
    ), @r#"
    Error: Invalid count
      `count` is not a whole number from 0 to 100000.
      at main.hcl:7:11 [-1]: decides how many instances there are
    Error: Invalid count
      `count` is no number: a number is required, and this string is not one.
      at main.hcl:10:11 [\"x\"]: decides how many instances there are
    Error: Invalid for_each
      `for_each` takes a map or a set of strings, and this is a list.
      at main.hcl:13:14 [[\"a\"]]: decides which instances there are
      help: Write `toset(…)` around it if its elements are different strings.
    Error: Invalid for_each
      `for_each` is sensitive, and would be shown in addresses.
      at main.hcl:16:14 [var.secret]: decides which instances there are
      help: If it is no secret, write `nonsensitive(…)` around it.
    Error: Invalid for_each
      `for_each` is null.
      at main.hcl:19:14 [null]: decides which instances there are
    Error: Invalid count
      `count` is known only after apply.
      at main.hcl:25:11 [container.x.id == \"\" ? 1 : 2]: decides how many instances there are
      help: Use what the configuration itself decides, such as a variable or the keys of a map.
    Error: Unknown attribute
      `volume.f` has no attribute `nmae`.
      at main.hcl:26:3 [nmae]: not known here
      also main.hcl:24:1 [volume \"f\"]: in this block
      help: Did you mean `name`?
    Error: Name used twice
      `volume.g["a"]` and `volume.g["b"]` would both be called `same` on the engine.
      at main.hcl:30:14 [\"same\"]: has the same name
      also main.hcl:30:14 [\"same\"]: as this
      help: Give each its own name; in a repeated block put `count.index` or `each.key` into it.
    "#);
}

#[test]
fn names_must_be_known_shown_and_unique() {
    insta::assert_snapshot!(errors(
        r#"
container "x" {
  image = "x"
}
volume "unknown" {
  name = container.x.id
}
volume "secret" {
  name = sensitive("x")
}
volume "one" {
  name = "same"
}
volume "two" {
  name = "same"
}
"#
    ), @r#"
    Error: Unknown name
      The name of an object must be known while planning, and this one is known only after apply.
      at main.hcl:6:10 [container.x.id]: known after apply
    Error: Sensitive name
      The name of an object is shown by the engine to everyone.
      at main.hcl:9:10 [sensitive(\"x\")]: sensitive
      help: If it is no secret, write `nonsensitive(…)` around it.
    Error: Name used twice
      `volume.one` and `volume.two` would both be called `same` on the engine.
      at main.hcl:15:10 [\"same\"]: has the same name
      also main.hcl:12:10 [\"same\"]: as this
      help: Give each its own name; in a repeated block put `count.index` or `each.key` into it.
    "#);
}

#[test]
fn more_instances_than_any_engine_could_hold_are_refused() {
    let found = errors("volume \"v\" {\n  count = 100001\n}\n");
    assert!(found.contains("not a whole number from 0 to 100000"), "{found}");
    // No block alone has too many, but both together.
    let found = errors("volume \"v\" {\n  count = 2\n}\nvolume \"w\" {\n  count = 100000\n}\n");
    assert!(found.contains("Too many instances"), "{found}");
}

#[test]
fn what_refers_to_too_many_instances_is_no_further_problem() {
    let found = errors(
        "volume \"some\" {\n  count = 2\n}\nvolume \"v\" {\n  count = 100000\n}\ncontainer \"web\" {\n  image = \"web\"\n  env   = { A = join(\",\", volume.v[*].name) }\n}\n",
    );
    assert_eq!(found.matches("Error:").count(), 1, "{found}");
    assert!(found.contains("Too many instances"), "{found}");
}

#[test]
fn instances_of_a_block_are_told_apart_by_its_own_kind_of_index() {
    let text = r#"
network "each" {
  for_each = toset(["a"])
}
network "some" {
  count = 2
}
network "one" {}
locals {
  a = network.each.id
  b = network.some.id
  c = network.one[0].id
  d = network.one["k"].id
  e = [network.each["a"].id, network.some[0].id, network.one.id, network.some[*].id, values(network.each)[*].id]
}
"#;
    insta::assert_snapshot!(errors(text), @r#"
    Error: Missing key
      `network.each` has `for_each`, so it is a map.
      at main.hcl:10:20 [id]: an attribute of which instance?
      help: Name one, as in `network.each["key"].id` or `network.each[each.key].id`, or take all with `values(network.each)[*].id`.
    Error: Missing index
      `network.some` has `count`, so it is a list.
      at main.hcl:11:20 [id]: an attribute of which instance?
      help: Name one, as in `network.some[0].id`, or take all with `network.some[*].id`.
    Error: Unexpected index
      `network.one` has neither `count` nor `for_each`, so there is only one of it.
      at main.hcl:12:7 [network.one[0].id]: one of how many?
      help: Leave the index out: write `network.one` alone.
    Error: Unexpected index
      `network.one` has neither `count` nor `for_each`, so there is only one of it.
      at main.hcl:13:7 [network.one[\"k\"].id]: one of how many?
      help: Leave the index out: write `network.one` alone.
    "#);
}
