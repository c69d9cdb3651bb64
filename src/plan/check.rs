//! What holds for every plan, whoever made it: also for one that was read from a file.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::{has_path_connecting, is_cyclic_directed};
use petgraph::graph::NodeIndex;

use super::{Action, Plan, Precondition};
use crate::address::Address;
use crate::engine::{ObjectKind, Op, Target};

/// Finds what must not be in a plan: one sentence each. None for every plan that the planner makes.
pub fn check(plan: &Plan) -> Vec<String> {
    if is_cyclic_directed(&plan.schedule.graph) {
        return vec!["The steps wait for each other in a circle.".to_owned()];
    }
    let mut found = Vec::new();
    known_addresses(plan, &mut found);
    removals_after_dependents(plan, &mut found);
    names(plan, &mut found);
    found
}

fn known_addresses(plan: &Plan, found: &mut Vec<String>) {
    let known: BTreeSet<&Address> = plan.changes.iter().map(|change| &change.address).collect();
    for step in plan.schedule.graph.node_weights() {
        if !known.contains(&step.address) {
            found.push(format!(
                "A step is for `{}`, of which the plan says nothing.",
                step.address
            ));
        }
    }
}

/// What is deleted must outlive what is deleted with it and depends on it.
fn removals_after_dependents(plan: &Plan, found: &mut Vec<String>) {
    let graph = &plan.schedule.graph;
    let mut removals: BTreeMap<&Address, Vec<NodeIndex>> = BTreeMap::new();
    for node in graph.node_indices().filter(|node| is_removal(&graph[*node].op)) {
        removals.entry(&graph[node].address).or_default().push(node);
    }
    for change in plan.changes.iter().filter(|it| it.action == Action::Delete) {
        for dependency in &change.dependencies {
            let goes = plan
                .changes
                .iter()
                .any(|it| it.address == *dependency && it.action == Action::Delete);
            let (Some(own), Some(theirs)) = (removals.get(&change.address), removals.get(dependency)) else {
                continue;
            };
            let ordered = own.iter().all(|own| {
                theirs
                    .iter()
                    .all(|theirs| has_path_connecting(graph, *own, *theirs, None))
            });
            if goes && !ordered {
                found.push(format!(
                    "`{dependency}` may be removed before `{}`, which depends on it.",
                    change.address
                ));
            }
        }
    }
}

/// A name can be taken only when its holder has let go of it.
fn names(plan: &Plan, found: &mut Vec<String>) {
    let graph = &plan.schedule.graph;
    // By the name: who bears it, and under which id.
    let mut holders: BTreeMap<&str, BTreeMap<&str, &Address>> = BTreeMap::new();
    for change in &plan.changes {
        let name = change.before.get("name").and_then(|name| name.as_str());
        let name = name.unwrap_or(&change.name);
        if let Some(id) = change.id.as_deref()
            && !name.is_empty()
            && matches!(change.address.kind(), "container" | "job")
        {
            holders.entry(name).or_default().insert(id, &change.address);
        }
    }
    let mut lets_go: BTreeMap<&str, Vec<NodeIndex>> = BTreeMap::new();
    for node in graph.node_indices() {
        let step = &graph[node];
        if let (Op::ContainerRemove | Op::ContainerRename { .. }, Target::Existing(id)) =
            (&step.op, &step.target)
        {
            lets_go.entry(id).or_default().push(node);
        }
    }
    for node in graph.node_indices() {
        let step = &graph[node];
        let Op::ContainerCreate { name } = &step.op else {
            continue;
        };
        for (id, address) in holders.get(name.as_str()).into_iter().flatten() {
            let mut before = lets_go.get(id).into_iter().flatten();
            if !before.any(|other| has_path_connecting(graph, *other, node, None)) {
                found.push(format!(
                    "`{}` takes the name {name:?} while `{address}` bears it.",
                    step.address
                ));
            }
        }
    }
    let mut wanted: BTreeSet<(ObjectKind, &str)> = BTreeSet::new();
    for precondition in &plan.preconditions {
        if let Precondition::Free {
            object,
            name,
            address,
        } = precondition
            && !wanted.insert((*object, name))
        {
            found.push(format!("The name {name:?} of `{address}` is taken twice."));
        }
    }
}

fn is_removal(op: &Op) -> bool {
    matches!(
        op,
        Op::VolumeRemove | Op::NetworkRemove | Op::ContainerRemove | Op::ImageRemove { .. }
    )
}
