//! What was there is put back when anything of what is replaced together fails.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::graph::NodeIndex;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::world::{World, address, spec};
use crate::engine::memory::{Fault, Memory};
use crate::engine::{Call, Condition, Engine as _, LabelFilter, ObjectKind, Op, Read as _};
use crate::kinds::{Cost, Decision, Found, HandOver, Kind, Live, Ops, Spec};
use crate::plan::{Action, Role, Rolling, Work, in_order};
use crate::value::Value;

#[derive(Clone, Copy, Debug)]
enum Order {
    StopFirst,
    StartFirst,
    HandOver,
}

fn container() -> &'static dyn Kind {
    crate::kinds::kind("container").unwrap()
}

fn service(number: usize, version: &str, order: Order) -> Spec {
    let mut service = spec([
        ("image", "bb:1".into()),
        ("command", Value::tuple(["sleep".into(), "1000".into()])),
        ("env", Value::object([("VERSION", version.into())])),
        (
            "network",
            Value::tuple([Value::object([("name", "front".into())])]),
        ),
    ]);
    if matches!(order, Order::HandOver) {
        let host = Value::from(i64::try_from(8080 + number).unwrap());
        let port = Value::object([("container", Value::from(80)), ("host", host)]);
        service.insert("port".into(), Value::tuple([port]));
    }
    service
}

async fn seen(engine: &Memory, id: &str) -> Live {
    let inspect = engine.inspect(ObjectKind::Container, id).await.unwrap().unwrap();
    container().read(&Found {
        inspect: &inspect,
        image: None,
        logs: None,
        api: (1, 41),
    })
}

/// Returns the containers by name: id, and whether it runs and publishes what it asks for.
async fn containers(engine: &Memory) -> BTreeMap<String, (String, bool)> {
    let all = engine
        .list(ObjectKind::Container, &LabelFilter::new())
        .await
        .unwrap();
    let mut found = BTreeMap::new();
    for listed in all {
        let id = listed["Id"].as_str().unwrap();
        let inspect = engine.inspect(ObjectKind::Container, id).await.unwrap().unwrap();
        let name = inspect["Name"]
            .as_str()
            .unwrap()
            .trim_start_matches('/')
            .to_owned();
        let count = |value: &Json| value.as_object().map_or(0, serde_json::Map::len);
        let wanted = count(&inspect["HostConfig"]["PortBindings"]);
        let serves =
            inspect["State"]["Running"] == true && count(&inspect["NetworkSettings"]["Ports"]) == wanted;
        found.insert(name, (id.to_owned(), serves));
    }
    found
}

async fn replacement(engine: &Memory, id: &str, name: &str, desired: &Spec, order: Order) -> Ops {
    let live = seen(engine, id).await;
    let hand_over = HandOver::default();
    container().ops(&Decision {
        desired,
        applied: desired,
        live: Some((id, &live)),
        differences: &[("env".to_owned(), Cost::Replace)],
        replaced_networks: &[],
        name,
        start_first: !matches!(order, Order::StopFirst),
        hand_over: matches!(order, Order::HandOver).then_some(&hand_over),
        warm_ups: &[],
        keeps_old: true,
        resume: None,
    })
}

/// Puts a group into the plan as the planner does. Returns the nodes of `last`.
fn schedule(world: &mut World, group: &[(String, Ops)]) -> BTreeSet<NodeIndex> {
    let rolling = Rolling {
        max_parallel: group.len(),
        pause: 0,
        rollback: true,
    };
    let mut works = Vec::new();
    let (mut last, mut nodes) = (BTreeSet::new(), 0);
    for (at, ops) in group {
        let before = nodes + ops.down.len() + ops.up.len() + ops.over.len();
        last.extend((before..before + ops.last.len()).map(NodeIndex::new));
        nodes = before + ops.last.len() + ops.undo.len();
        works.push(Work {
            address: address(at),
            action: Action::Replace,
            ops: ops.clone(),
            needs: Vec::new(),
            held: Vec::new(),
            prefers: Vec::new(),
            pull: None,
            leftover: false,
            occupies: BTreeSet::new(),
            claims: BTreeSet::new(),
            tells: Vec::new(),
            rolling: Some(rolling),
        });
    }
    world.plan.schedule = in_order(&works, &[], &[]);
    let graph = &world.plan.schedule.graph;
    let is_last = |node: &NodeIndex| graph[*node].role == Role::Ordinary && !graph[*node].completes;
    assert!(last.iter().all(is_last), "{graph:#?}");
    last
}

async fn put_to_the_test(count: usize, order: Order, broken: usize) {
    let engine = Memory::new();
    engine.add_image("bb:1", &json!({}));
    let front = json!({"Name": "front"});
    let made = engine
        .call(Call::NetworkCreate { body: front }, &|_| {})
        .await
        .unwrap();
    let mut world = World::new();
    world.networks.insert("front".into(), made.id.unwrap());
    let settle = Op::Await {
        condition: Condition::Running { settle: 100 },
        limit: 10_000,
    };
    let names: Vec<String> = (0..count).map(|number| format!("web[{number}]")).collect();
    for (number, name) in names.iter().enumerate() {
        world.container(name, service(number, "1", order), settle.clone());
    }
    let first = world.run(&engine).await;
    assert_eq!(first.failures(), [""; 0]);
    let before = containers(&engine).await;
    first.store.close(&first.report, &world.planned(), None).unwrap();

    world.plan.changes.clear();
    world.plan.schedule.graph.clear();
    let mut group = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let (at, name) = (format!("container.{name}"), format!("container-{name}"));
        let desired = service(number, "2", order);
        let id = &before[&name].0;
        group.push((at.clone(), replacement(&engine, id, &name, &desired, order).await));
        world.add(&at, Action::Replace, desired, &[]);
        world.plan.changes[number].nonce = format!("new {number}");
        world.plan.changes[number].id = Some(id.clone());
    }
    let last = schedule(&mut world, &group);
    engine.break_call(engine.log().len() + broken, Fault::Refused(400));
    let second = world.run(&engine).await;
    let after = containers(&engine).await;
    let story = format!(
        "{order:?}, call {broken}: {:?}\n{:#?}",
        second.failures(),
        engine.log()
    );

    let late = second.events.iter().any(|event| match event {
        crate::run::Event::StepFailed { node, .. } => last.contains(node),
        _ => false,
    });
    if second.report.failed.is_empty() {
        assert!(second.report.succeeded(), "{story}");
        assert!(before.keys().eq(after.keys()), "{story}");
        assert!(
            after
                .iter()
                .all(|(name, (id, serves))| *serves && before[name].0 != *id),
            "{story}"
        );
    } else if late {
        let new = after
            .values()
            .filter(|(id, serves)| *serves && !before.values().any(|(old, _)| old == id));
        assert_eq!(new.count(), count, "{story}");
    } else {
        assert_eq!(after, before, "{story}");
        let networks = engine
            .list(ObjectKind::Network, &LabelFilter::new())
            .await
            .unwrap();
        assert!(
            !networks
                .iter()
                .any(|it| it["Name"].as_str().unwrap().ends_with(".next")),
            "{story}"
        );
        for name in &names {
            let object = &second.state.objects[&format!("container.{name}")];
            assert_eq!(object.id, before[&format!("container-{name}")].0, "{story}");
            assert!(object.ready && object.deposed.is_empty(), "{story}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn one_that_fails_puts_all_back_that_were_replaced_with_it(
        count in 1_usize..4,
        order in prop::sample::select(vec![Order::StopFirst, Order::StartFirst, Order::HandOver]),
        broken in 0_usize..40,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(put_to_the_test(count, order, broken));
    }
}
