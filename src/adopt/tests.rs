use std::collections::BTreeSet;

use super::{Candidate, blocks, text};
use crate::kinds::{Spec, kind};
use crate::value::Value;

fn spec(entries: &[(&str, Value)]) -> Spec {
    entries
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

fn candidate(kind_name: &str, name: &str, spec: Spec, unasked: Spec) -> Candidate {
    Candidate {
        kind: kind(kind_name).unwrap(),
        id: format!("id of {name}"),
        name: name.to_owned(),
        spec,
        unasked,
        image: (kind_name == "container").then(|| "app:1".to_owned()),
        api: (1, 41),
    }
}

fn written(candidates: Vec<Candidate>) -> String {
    text(&blocks(candidates, &BTreeSet::new(), &BTreeSet::new()), false)
}

#[test]
fn what_image_and_engine_bring_is_left_out() {
    let env = |entries: &[(&str, &str)]| {
        Value::object(entries.iter().map(|(key, value)| (*key, Value::from(*value))))
    };
    let unasked = spec(&[
        ("env", env(&[("PATH", "/bin")])),
        ("command", Value::tuple([Value::from("serve")])),
        ("restart", Value::from("no")),
        ("shm_size", Value::from(64 << 20)),
    ]);
    let mut live = unasked.clone();
    live.insert("env".into(), env(&[("PATH", "/bin"), ("MODE", "prod")]));
    live.insert("memory".into(), Value::from(512 << 20));
    assert_eq!(
        written(vec![candidate("container", "web", live, unasked)]),
        r#"container "web" {
  name  = "web"
  image = "app:1"
  env = {
    MODE = "prod"
  }
  memory = "512m"
}
"#
    );
}

#[test]
fn names_of_what_is_taken_over_too_become_references() {
    let network = Value::object([("name", Value::from("back-net"))]);
    let mount = Value::object([("target", Value::from("/d")), ("volume", Value::from("data"))]);
    let container = spec(&[
        ("network", Value::tuple([network])),
        ("mount", Value::tuple([mount])),
    ]);
    let all = vec![
        candidate("container", "web", container, Spec::new()),
        candidate("network", "back-net", Spec::new(), Spec::new()),
    ];
    let written = written(all);
    assert!(written.contains("name = network.back-net.name"), "{written}");
    assert!(written.contains("volume = \"data\""), "{written}");
    assert!(
        written.find("network \"back-net\"") < written.find("container \"web\""),
        "{written}"
    );
}

#[test]
fn names_that_are_no_names_of_the_language_are_fitted_and_stay_apart() {
    let volume = |name: &str| candidate("volume", name, Spec::new(), Spec::new());
    let all = blocks(
        vec![volume("1.a"), volume("1_a"), volume("b")],
        &BTreeSet::new(),
        &BTreeSet::new(),
    );
    let names: Vec<&str> = all.blocks.iter().map(|block| &*block.address.name).collect();
    assert_eq!(names, ["_1_a", "_1_a_2", "b"]);
}

#[test]
fn text_from_outside_cannot_become_an_expression() {
    let labels = Value::object([("a ${b}", Value::from("%{if}\"\n${file(\"/etc/passwd\")}"))]);
    let written = written(vec![candidate(
        "volume",
        "v",
        spec(&[("labels", labels)]),
        Spec::new(),
    )]);
    assert!(
        written.contains(r#""a $${b}" = "%%{if}\"\n$${file(\"/etc/passwd\")}""#),
        "{written}"
    );
}

#[test]
fn values_that_look_like_secrets_become_variables() {
    let env = Value::object([
        ("DB_PASSWORD", Value::from("canary")),
        ("DB_PASSWORD_FILE", Value::from("/run/secrets/db")),
    ]);
    let web = candidate("container", "my-web", spec(&[("env", env)]), Spec::new());
    let adoption = blocks(vec![web], &BTreeSet::new(), &BTreeSet::new());
    assert_eq!(
        adoption.secrets,
        [("my_web_db_password".to_owned(), "canary".to_owned())]
    );
    let written = text(&adoption, false);
    assert!(
        written.contains("DB_PASSWORD      = var.my_web_db_password"),
        "{written}"
    );
    assert!(
        written.contains("sensitive = true") && !written.contains("canary"),
        "{written}"
    );
}
