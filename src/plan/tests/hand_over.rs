//! In which order things are replaced, with the kinds themselves.

use serde_json::json;

use super::world::{World, at, object, on, spec};
use crate::engine::Op;
use crate::plan::{Action, Change, Plan, Role};
use crate::value::Value;

fn world() -> World {
    let mut world = World::new();
    world.options.kinds = crate::kinds::kind;
    world.observed.networks = [("front".to_owned(), "id of front".to_owned())].into();
    world
}

fn publishing(host: i64) -> Value {
    let port = object([("container", Value::from(80)), ("host", Value::from(host))]);
    Value::tuple([port])
}

fn mounting(volume: &str) -> Value {
    Value::tuple([object([("volume", volume.into()), ("target", "/data".into())])])
}

fn change<'p>(plan: &'p Plan, address: &str) -> &'p Change {
    let mut all = plan.changes.iter();
    all.find(|change| change.address == at(address))
        .expect("a change")
}

fn ops<'p>(plan: &'p Plan, address: &str) -> Vec<(Role, &'p Op)> {
    let steps = plan.schedule.graph.node_weights();
    steps
        .filter(|step| step.address == at(address))
        .map(|step| (step.role, &step.op))
        .collect()
}

#[test]
fn a_successor_that_is_not_to_run_was_started_to_hand_over() {
    for (port, network) in [(true, false), (false, true)] {
        let mut world = world();
        let web = world.container("container.web", &[]);
        web.lifecycle.start_first = true;
        if port {
            web.spec.insert("port".into(), publishing(8080));
        }
        if network {
            web.spec.insert("network".into(), on("front"));
        }
        world.settle();
        let wanted = world.wanted("container.web");
        wanted.spec.insert("running".into(), false.into());
        wanted.spec.insert("env".into(), object([("A", "1".into())]));
        let plan = world.plan();
        let web = change(&plan, "container.web");
        assert_eq!(web.action, Action::Replace);
        assert_eq!(web.notes, ["it stops first: its successor is not to run"]);
        let ops = ops(&plan, "container.web");
        assert!(!ops.iter().any(|(_, op)| **op == Op::ContainerStart), "{ops:?}");
    }
}

#[test]
fn how_a_container_is_connected_was_written_in_clear_into_the_plan() {
    for secret in [true, false] {
        let mut world = world();
        let web = world.container("container.web", &[]);
        web.lifecycle.start_first = true;
        web.spec.insert("port".into(), publishing(8080));
        let alias = Value::from("hush").sensitive_if(secret);
        let front = object([("name", "front".into()), ("aliases", Value::tuple([alias]))]);
        web.spec.insert("network".into(), Value::tuple([front]));
        world.settle();
        let bare = object([
            ("name", "front".into()),
            ("aliases", Value::tuple(["hush".into()])),
        ]);
        let live = &mut world.live("container.web").spec;
        live.insert("network".into(), Value::tuple([bare]));
        // By now the configuration says nothing of it: only what was applied last does.
        world
            .wanted("container.web")
            .spec
            .insert("network".into(), on("front"));
        world.options.replace = vec![at("container.web")];
        let plan = world.plan();
        let text = serde_json::to_string(&plan).unwrap();
        assert_eq!(text.contains("hush"), !secret);
        let notes = change(&plan, "container.web").notes.join(" ");
        assert_eq!(
            notes.contains("how it is connected to the network front is secret"),
            secret,
            "{notes}"
        );
    }
}

#[test]
fn a_container_that_must_let_go_first_was_said_to_be_put_back() {
    let mut world = world();
    world.want("network.front", spec([]), &[]);
    let update = object([("on_failure", "rollback".into())]);
    let web = world.container("container.web", &["network.front"]);
    web.spec.insert("update".into(), update);
    world.settle();
    world.options.replace = vec![at("network.front"), at("container.web")];
    let plan = world.plan();
    assert!(
        ops(&plan, "container.web")
            .iter()
            .all(|(role, _)| *role != Role::Undo)
    );
    assert_eq!(
        change(&plan, "container.web").notes,
        [
            "it is not put back if anything fails: the network front is replaced, and waits until it has left",
            "batch 1 of 1; if one fails, it is not put back",
        ]
    );
}

#[test]
fn a_volume_that_is_named_and_not_referred_to_was_held_by_the_old_container() {
    for volume_first in [true, false] {
        for start_first in [true, false] {
            let mut world = world();
            if volume_first {
                world.want("volume.data", spec([]), &[]);
            }
            let update = object([("on_failure", "rollback".into())]);
            let web = world.container("container.web", &[]);
            web.spec.insert("mount".into(), mounting("data"));
            web.spec.insert("update".into(), update);
            web.lifecycle.start_first = start_first;
            if !volume_first {
                world.want("volume.data", spec([]), &[]);
            }
            world.settle();
            world.options.replace = vec![at("volume.data")];
            let plan = world.plan();
            let web = change(&plan, "container.web");
            assert_eq!(web.action, Action::Replace);
            let notes = web.notes.join("\n");
            assert!(
                notes.contains("volume.data is replaced, and waits until it is gone"),
                "{notes}"
            );
            let graph = &plan.schedule.graph;
            let find = |op: &Op| graph.node_indices().find(|node| graph[*node].op == *op);
            let gone = find(&Op::ContainerRemove).expect("a removal");
            let freed = find(&Op::VolumeRemove).expect("a removal");
            assert!(petgraph::algo::has_path_connecting(graph, gone, freed, None));
        }
    }
}

#[test]
fn a_network_with_another_name_is_made_before_the_old_one_is_left() {
    let mut world = world();
    world.want("network.front", spec([("name", "front".into())]), &[]);
    let web = world.container("container.web", &["network.front"]);
    web.spec.insert("network".into(), on("front"));
    world.settle();
    let front = world.wanted("network.front");
    front.lifecycle.start_first = true;
    front.name = "outside".into();
    front.spec.insert("name".into(), "outside".into());
    world
        .wanted("container.web")
        .spec
        .insert("network".into(), on("outside"));
    let plan = world.plan();
    assert_eq!(change(&plan, "network.front").action, Action::ReplaceStartFirst);
    let graph = &plan.schedule.graph;
    let find = |is: &dyn Fn(&Op) -> bool| graph.node_indices().find(|node| is(&graph[*node].op)).unwrap();
    let order = [
        find(&|op| *op == Op::NetworkCreate),
        find(&|op| matches!(op, Op::NetworkDisconnect { .. })),
        find(&|op| matches!(op, Op::NetworkConnect { .. })),
    ];
    let removed = find(&|op| *op == Op::NetworkRemove);
    for pair in order.windows(2) {
        assert!(petgraph::algo::has_path_connecting(graph, pair[0], pair[1], None));
    }
    assert!(petgraph::algo::has_path_connecting(
        graph, order[1], removed, None
    ));
}

#[test]
fn start_first_was_ignored_without_a_word_off_containers() {
    let subnet = |subnet: &str| object([("config", Value::tuple([object([("subnet", subnet.into())])]))]);
    let cases = [
        ("network.a", spec([]), "two networks cannot have the same name"),
        (
            "network.a",
            spec([("name", "b".into()), ("ipam", subnet("198.18.0.0/24"))]),
            "both want 198.18.0.0/24",
        ),
        ("volume.a", spec([]), "two volumes cannot have the same name"),
        (
            "volume.a",
            spec([("name", "b".into()), ("migrate", true.into())]),
            "what is in it goes by way of another one",
        ),
    ];
    for (address, wanted, note) in cases {
        let mut world = world();
        let mut before = wanted.clone();
        before.insert("name".into(), "a".into());
        world.want(address, before, &[]).lifecycle.start_first = true;
        world.settle();
        let name = wanted
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or("a")
            .to_owned();
        let instance = world.wanted(address);
        instance.spec = wanted;
        instance.spec.insert("name".into(), name.as_str().into());
        instance.name = name;
        world.options.replace = vec![at(address)];
        let plan = world.plan();
        let change = change(&plan, address);
        assert_eq!(change.action, Action::Replace, "{address}");
        let notes = change.notes.join("\n");
        assert!(
            notes.contains(&format!("its successor cannot come first: {note}")),
            "{notes}"
        );
    }
}

#[test]
fn a_volume_with_another_name_is_made_before_the_old_one_goes() {
    let mut world = world();
    world.want("volume.data", spec([("name", "data".into())]), &[]);
    let web = world.container("container.web", &["volume.data"]);
    web.spec.insert("mount".into(), mounting("data"));
    web.lifecycle.start_first = true;
    world.settle();
    let data = world.wanted("volume.data");
    data.lifecycle.start_first = true;
    data.name = "more".into();
    data.spec.insert("name".into(), "more".into());
    world
        .wanted("container.web")
        .spec
        .insert("mount".into(), mounting("more"));
    let plan = world.plan();
    assert_eq!(change(&plan, "volume.data").action, Action::ReplaceStartFirst);
    assert_eq!(change(&plan, "container.web").action, Action::ReplaceStartFirst);
    assert_eq!(json!(change(&plan, "volume.data").impact), json!("data_loss"));
}
