//! Single instances evaluated with what has come out, and what they depend on.

use std::collections::BTreeMap;

use super::tests::{config, desired, inputs, rendered};
use super::*;
use crate::config::tests::compact;
use crate::run::Bind;

fn with_id(id: &str) -> Arc<Attributes> {
    Arc::new(Attributes::from_iter([("id".to_owned(), Value::from(id))]))
}

#[test]
fn the_outlook_decides_what_references_see() {
    struct Live;
    impl Outlook for Live {
        fn attributes(&mut self, instance: &Instance) -> Arc<Attributes> {
            with_id(&format!("id of {}", instance.address))
        }
    }
    let text = r#"
container "a" {
  image = "a"
}
output "id" {
  value = container.a.id
}
output "unset" {
  value = container.a.memory == null
}
"#;
    let desired = evaluate(&config(text), &inputs(), &mut Live).unwrap();
    insta::assert_snapshot!(rendered(&desired), @r#"
    container.a (shop-a) image="a"
    output id = "id of container.a"
    output unset = true
    "#);
}

#[test]
fn a_binder_evaluates_one_instance_with_what_has_come_out() {
    let text = r#"
locals {
  id    = container.db[0].id
  other = volume.bad.name + 1
}
volume "bad" {
}
container "db" {
  count = 1
  image = "db"
}
container "web" {
  for_each = toset(["a", "b"])
  image    = "web"
  env      = { DB = local.id, KEY = each.key }
}
"#;
    let binder =
        Binder::new(config(text), inputs()).unwrap_or_else(|problems| panic!("{}", compact(&problems)));
    let web: Address = r#"container.web["b"]"#.parse().unwrap();

    let too_early = binder.spec(&web, &BTreeMap::new()).unwrap_err();
    assert_eq!(too_early.0[0].summary, "Value still unknown");

    let outcomes = BTreeMap::from([("container.db[0]".parse().unwrap(), with_id("abc"))]);
    let spec = binder.spec(&web, &outcomes).unwrap();
    assert_eq!(
        format!("{:?}", spec.get("env").unwrap()),
        r#"{"DB": "abc", "KEY": "b"}"#
    );

    let nowhere = binder
        .spec(&"container.web".parse().unwrap(), &outcomes)
        .unwrap_err();
    assert_eq!(nowhere.0[0].summary, "No such instance");
}

#[test]
fn a_binder_takes_an_instance_that_is_done_while_others_of_its_block_are_not() {
    let text = r#"
container "db" {
  count = 2
  image = "db"
}
container "web" {
  image = "web"
  env   = { DB = container.db[0].id }
}
"#;
    let done = BTreeMap::from([("container.db[0]".parse().unwrap(), with_id("abc"))]);
    let web: Address = "container.web".parse().unwrap();

    let binder =
        Binder::new(config(text), inputs()).unwrap_or_else(|problems| panic!("{}", compact(&problems)));
    let spec = binder.spec(&web, &done).unwrap();
    assert_eq!(format!("{:?}", spec.get("env").unwrap()), r#"{"DB": "abc"}"#);

    let spec = binder.knowing(done).spec(&web, &BTreeMap::new()).unwrap();
    assert_eq!(format!("{:?}", spec.get("env").unwrap()), r#"{"DB": "abc"}"#);
}

/// Lists what each instance depends on.
fn dependencies(text: &str) -> Vec<String> {
    let desired = desired(text);
    let mut lines: Vec<String> = desired
        .instances
        .values()
        .filter(|instance| instance.address.kind() == "container")
        .map(|instance| {
            let names: Vec<String> = instance.dependencies.iter().map(ToString::to_string).collect();
            format!("{}: {}", instance.address, names.join(", "))
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn an_instance_depends_only_on_the_instances_that_it_reads() {
    let blocks = r#"
volume "v" {
  count = 3
}
container "web" {
  count = 2
  image = "web"
  env   = { OWN = volume.v[count.index].name, NEXT = volume.v[count.index + 1].name }
}
"#;
    assert_eq!(
        dependencies(blocks),
        [
            "container.web[0]: volume.v[0], volume.v[1]",
            "container.web[1]: volume.v[1], volume.v[2]"
        ]
    );
}

#[test]
fn an_instance_depends_on_its_twin_in_the_block_that_it_repeats() {
    let blocks = r#"
volume "v" {
  for_each = toset(["a", "b"])
}
container "web" {
  for_each = volume.v
  image    = "web"
  env      = { OWN = each.value.name, SAME = volume.v[each.key].name }
}
"#;
    assert_eq!(
        dependencies(blocks),
        [
            r#"container.web["a"]: volume.v["a"]"#,
            r#"container.web["b"]: volume.v["b"]"#
        ]
    );
}

#[test]
fn what_may_read_any_instance_depends_on_all_of_them() {
    let all = "volume.v[0], volume.v[1]";
    for read in [
        // The index, the collection and the filter are known only after apply.
        "volume.v[length(container.db.id)].name",
        "[for port in container.db.ports : volume.v[port].name]",
        "[for at in [0, 1] : volume.v[at].name if container.db.id != \"\"]",
        "volume.v[*].name",
        "[volume.v[0].name, local.all[0].name]",
        "try(container.db.id, volume.v[length(\"a\")].name)",
    ] {
        let text = format!(
            "locals {{\n  all = volume.v\n}}\nvolume \"v\" {{\n  count = 2\n}}\ncontainer \"db\" {{\n  image = \"db\"\n}}\n\
             container \"web\" {{\n  image = \"web\"\n  env   = {{ A = jsonencode({read}) }}\n}}\n"
        );
        let found = dependencies(&text);
        assert!(
            found
                .iter()
                .any(|line| line.starts_with("container.web:") && line.contains(all)),
            "{read}: {found:?}"
        );
    }
}

#[test]
fn a_binder_looks_only_at_the_instances_that_are_read() {
    let text = r#"
container "v" {
  count = 1000
  image = "db"
}
volume "w" {
  for_each = { for at in range(1000) : "k${at}" => at }
}
container "web" {
  count = 1000
  image = "web"
  env   = { OTHER = container.v[count.index].id }
}
container "twin" {
  for_each = volume.w
  image    = "web"
  env      = { VOLUME = each.value.id, SAME = volume.w[each.key].id }
}
"#;
    let binder =
        Binder::new(config(text), inputs()).unwrap_or_else(|problems| panic!("{}", compact(&problems)));
    let done = BTreeMap::from([
        ("container.v[7]".parse().unwrap(), with_id("seven")),
        (r#"volume.w["k7"]"#.parse().unwrap(), with_id("w-seven")),
    ]);
    let spec = binder.spec(&"container.web[7]".parse().unwrap(), &done).unwrap();
    assert_eq!(format!("{:?}", spec.get("env").unwrap()), r#"{"OTHER": "seven"}"#);
    let spec = binder
        .spec(&r#"container.twin["k7"]"#.parse().unwrap(), &done)
        .unwrap();
    assert_eq!(
        format!("{:?}", spec.get("env").unwrap()),
        r#"{"SAME": "w-seven", "VOLUME": "w-seven"}"#
    );
    assert!(binder.spec(&"container.web[8]".parse().unwrap(), &done).is_err());
}

#[test]
fn repeating_the_attributes_of_a_single_block_lost_the_dependency() {
    let blocks = r#"
volume "v" {}
container "web" {
  for_each = { for name, value in { a = volume.v.name } : name => value }
  image    = "web"
}
container "other" {
  for_each = volume.v
  image    = "web"
}
"#;
    let found = dependencies(blocks);
    assert!(!found.is_empty());
    for line in &found {
        assert!(line.ends_with(": volume.v"), "{found:?}");
    }
}
