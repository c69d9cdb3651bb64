//! Engines that answer 200 and do nothing: what was asked for is read back.

use serde_json::json;

use super::world::{World, spec};
use crate::engine::memory::Memory;
use crate::engine::{Call, Engine, Op, Target};
use crate::kinds::Spec;
use crate::plan::{Action, Difference};
use crate::value::Value;
use crate::{kinds::Cost, value::seal::seal};

/// A container that is there, on an engine that ignores a field.
async fn engine(ignored: &str) -> (Memory, String) {
    let engine = Memory::new();
    engine.add_image("bb:1", &json!({}));
    let network = Call::NetworkCreate {
        body: json!({ "Name": "back" }),
    };
    engine.call(network, &|_| ()).await.unwrap();
    let create = Call::ContainerCreate {
        name: "old".into(),
        body: json!({ "Image": "bb:1", "HostConfig": { "Memory": 64 << 20, "PidsLimit": 9 } }),
    };
    let id = engine.call(create, &|_| ()).await.unwrap().id.unwrap();
    engine.ignore(ignored);
    (engine, id)
}

async fn failures(ignored: &str, values: Spec, op: Op) -> Vec<String> {
    let (engine, id) = engine(ignored).await;
    let mut world = World::new();
    world.add(
        "container.web",
        Action::Update,
        values,
        &[(Target::Existing(id), op)],
    );
    let outcome = world.run(&engine).await;
    assert_eq!(outcome.objects(), [""; 0], "it is not remembered as done");
    assert!(
        outcome.report.changed,
        "other attributes of the call may have taken"
    );
    outcome.failures()
}

fn update(attribute: &str) -> Op {
    Op::ContainerUpdate {
        attributes: vec![attribute.to_owned()],
    }
}

fn back(aliases: &[&str]) -> Value {
    let aliases = Value::tuple(aliases.iter().map(|alias| Value::from(*alias)));
    Value::tuple([Value::object([("name", "back".into()), ("aliases", aliases)])])
}

#[tokio::test]
async fn a_limit_that_the_engine_ignored_was_taken_for_changed() {
    let values = spec([("image", "bb:1".into()), ("memory", Value::from(96 << 20))]);
    let failures = failures("Memory", values, update("memory")).await;
    assert_eq!(
        failures,
        [
            "container.web: A change did not take: container.web: the engine answered that it was done, but `memory` was to be \
             100663296 and is 67108864."
        ]
    );
}

#[tokio::test]
async fn an_alias_that_the_engine_ignored_was_taken_for_changed() {
    let values = spec([("image", "bb:1".into()), ("network", back(&["db"]))]);
    let connect = Op::NetworkConnect {
        network: "back".into(),
    };
    let failures = failures("Aliases", values, connect).await;
    assert_eq!(failures.len(), 1);
    assert!(
        failures[0].contains("`network[back].aliases` was to be [\"db\"]"),
        "{failures:?}"
    );
}

#[tokio::test]
async fn a_name_that_the_engine_ignored_was_taken_for_changed() {
    let values = spec([("image", "bb:1".into())]);
    let rename = Op::ContainerRename { name: "new".into() };
    let failures = failures("Name", values, rename).await;
    assert!(
        failures[0].contains("`name` was to be \"new\" and is \"old\"."),
        "{failures:?}"
    );
}

#[tokio::test]
async fn a_secret_that_did_not_take_is_not_told() {
    let values = spec([
        ("image", "bb:1".into()),
        ("memory", Value::from(96 << 20).sensitive()),
    ]);
    let failures = failures("Memory", values, update("memory")).await;
    assert!(
        failures[0].contains("`memory` was to be (sensitive) and is (sensitive)."),
        "{failures:?}"
    );
    assert!(!failures[0].contains("67108864"));
}

#[tokio::test]
async fn what_was_taken_out_and_is_still_there_did_not_take() {
    for (ignored, expected) in [
        ("PidsLimit", vec!["`pids_limit` was to be unset and is 9."]),
        ("Aliases", vec![]),
    ] {
        let (engine, id) = engine(ignored).await;
        let mut world = World::new();
        let values = spec([("image", "bb:1".into())]);
        let ops = [(Target::Existing(id.clone()), update("pids_limit"))];
        world.add("container.web", Action::Update, values, &ops);
        world.plan.changes[0].id = Some(id);
        world.plan.changes[0].differences.push(Difference {
            path: "pids_limit".into(),
            before: seal(&Value::from(9), &world.options.key),
            after: json!(null),
            cost: Cost::Live,
            drift: false,
        });
        let failures = world.run(&engine).await.failures();
        assert_eq!(failures.len(), expected.len(), "{failures:?}");
        for (failure, expected) in failures.iter().zip(expected) {
            assert!(failure.contains(expected), "{failure}");
        }
    }
}
