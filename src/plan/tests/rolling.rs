//! Instances of one block that change in batches.

use std::collections::BTreeSet;

use petgraph::algo::has_path_connecting;
use petgraph::graph::NodeIndex;
use proptest::prelude::*;

use super::world::{World, at, object, spec};
use crate::engine::Op;
use crate::plan::{Action, Plan, Role};
use crate::value::Value;

/// `count` instances, all of which are replaced.
fn rolling(count: usize, max_parallel: i64, start_first: bool, publishes: bool, rollback: bool) -> World {
    let mut world = World::new();
    let on_failure = if rollback { "rollback" } else { "stop" };
    for index in 0..count {
        let update = object([
            ("max_parallel", Value::from(max_parallel)),
            ("pause", Value::from(2_500_000_000_i64)),
            ("on_failure", on_failure.into()),
        ]);
        let mut web = spec([("image", "bb:1".into()), ("update", update)]);
        if publishes {
            let host = Value::from(i64::try_from(8080 + index).unwrap());
            let port = object([("container", Value::from(80)), ("host", host)]);
            web.insert("port".into(), Value::tuple([port]));
        }
        let instance = world.want(&format!("container.web[{index}]"), web, &[]);
        instance.lifecycle.start_first = start_first;
    }
    world.container("container.after", &["container.web[0]"]);
    world.settle();
    world.options.kinds = crate::kinds::kind;
    world.options.replace = vec![at("container.web"), at("container.after")];
    world
}

/// The steps of an instance that touch it, in the order of the plan.
fn steps(plan: &Plan, address: &str) -> Vec<NodeIndex> {
    let graph = &plan.schedule.graph;
    let own = graph
        .node_indices()
        .filter(|node| graph[*node].address == at(address));
    own.filter(|node| !matches!(graph[*node].op, Op::Pause { .. } | Op::Gather))
        .collect()
}

fn readies(plan: &Plan, address: &str) -> NodeIndex {
    let graph = &plan.schedule.graph;
    let mut own = steps(plan, address).into_iter();
    own.find(|node| graph[*node].completes)
        .expect("a step that completes")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn never_more_change_at_a_time_than_was_allowed_and_none_after_one_that_failed(
        count in 1_usize..7,
        max_parallel in 1_i64..4,
        start_first: bool,
        publishes: bool,
        rollback: bool,
    ) {
        let world = rolling(count, max_parallel, start_first, publishes, rollback);
        let plan = world.plan();
        let graph = &plan.schedule.graph;
        let before = |one: NodeIndex, other: NodeIndex| has_path_connecting(graph, one, other, None);
        let all: Vec<String> = (0..count).map(|index| format!("container.web[{index}]")).collect();
        let batch = |index: usize| index / usize::try_from(max_parallel).unwrap();
        for (one, first) in all.iter().enumerate() {
            for (other, second) in all.iter().enumerate().filter(|(other, _)| batch(*other) > batch(one)) {
                let ready = readies(&plan, first);
                for step in steps(&plan, second) {
                    // What is not begun before another is ready is also not begun when that one fails.
                    prop_assert!(before(ready, step), "{first} ({one}) and {second} ({other}) change at the same time");
                }
            }
        }
        for address in &all {
            let undo: Vec<NodeIndex> = steps(&plan, address).into_iter().filter(|node| graph[*node].role == Role::Undo).collect();
            let gone: Vec<NodeIndex> =
                steps(&plan, address).into_iter().filter(|node| graph[*node].op == Op::ContainerRemove).collect();
            prop_assert_eq!(gone.len(), 1);
            prop_assert_eq!(undo.is_empty(), !rollback && !start_first);
            for other in all.iter().filter(|_| rollback) {
                prop_assert!(before(readies(&plan, other), undo[0]), "{address} is put back whoever fails");
                prop_assert!(before(readies(&plan, other), gone[0]), "{address} is kept until all are ready");
                prop_assert!(before(readies(&plan, other), readies(&plan, "container.after")));
            }
        }
    }
}

#[test]
fn each_of_a_thousand_instances_waited_for_each() {
    let edges = |count| {
        rolling(count, 10, true, true, true)
            .plan()
            .schedule
            .graph
            .edge_count()
    };
    let [few, some, many] = [edges(250), edges(500), edges(1000)];
    assert_eq!(
        many - some,
        2 * (some - few),
        "{few} edges for 250, {some} for 500, {many} for 1000"
    );
}

#[test]
fn each_instance_says_when_its_turn_is() {
    let plan = rolling(3, 2, false, false, true).plan();
    let notes: Vec<&str> = plan
        .changes
        .iter()
        .flat_map(|change| &change.notes)
        .map(String::as_str)
        .collect();
    assert_eq!(
        notes,
        [
            "batch 1 of 2, 2.5 s apart; if one fails, all that were replaced are put back",
            "batch 1 of 2, 2.5 s apart; if one fails, all that were replaced are put back",
            "batch 2 of 2, 2.5 s apart; if one fails, all that were replaced are put back",
        ]
    );
}

#[test]
fn ports_change_hands_between_the_two_and_nothing_in_between_waits_for_others() {
    let plan = rolling(1, 1, true, true, false).plan();
    assert!(
        plan.changes
            .iter()
            .any(|change| change.action == Action::ReplaceStartFirst)
    );
    let graph = &plan.schedule.graph;
    let urgent: BTreeSet<String> = graph
        .node_weights()
        .filter(|step| step.role == Role::Urgent)
        .map(|step| format!("{:?}", step.op))
        .collect();
    assert_eq!(urgent.len(), 3, "leave, join and rename: {urgent:?}");
}
