//! A plan as text: one stable line per change and per step. It is for tests and for debugging; people read `view`.

use std::fmt::Write as _;

use petgraph::Direction;
use petgraph::graph::NodeIndex;

use super::{Action, Cause, Change, Impact, Plan, Role, Schedule, Step};
use crate::engine::{Condition, Op, Target};

/// Writes a plan as text: changes first, then the steps with what they wait for.
pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    for change in &plan.changes {
        push(&mut out, &change_line(change));
        for difference in &change.differences {
            let drift = if difference.drift { " drift" } else { "" };
            let cost = format!("{:?}", difference.cost).to_lowercase();
            push(
                &mut out,
                &format!(
                    "    {}: {} -> {} ({cost}{drift})",
                    difference.path, difference.before, difference.after
                ),
            );
        }
        for note in &change.notes {
            push(&mut out, &format!("    note: {note}"));
        }
    }
    for output in &plan.outputs {
        push(
            &mut out,
            &format!("output {}: {} -> {}", output.name, output.before, output.after),
        );
    }
    for line in step_lines(&plan.schedule) {
        push(&mut out, &line);
    }
    out
}

fn push(out: &mut String, line: &str) {
    // Writing to a text cannot fail.
    let _ = writeln!(out, "{line}");
}

fn change_line(change: &Change) -> String {
    let action = match change.action {
        Action::NoOp => "no-op",
        Action::Create => "create",
        Action::Read => "read",
        Action::Update => "update",
        Action::Replace => "replace",
        Action::ReplaceStartFirst => "replace start-first",
        Action::Delete => "delete",
        Action::Forget => "forget",
        Action::Keep => "keep",
        Action::Adopt => "adopt",
    };
    let cause = match &change.cause {
        Cause::None => String::new(),
        Cause::New => " because new".into(),
        Cause::Vanished => " because vanished".into(),
        Cause::Differences { decisive } => format!(" because of {}", decisive.join(", ")),
        Cause::Fixed { decisive, engine } => {
            format!(" because of {} on {engine}", decisive.join(", "))
        }
        Cause::Unfinished => " because unfinished".into(),
        Cause::Requested => " because requested".into(),
        Cause::Triggered { by } => format!(" because triggered by {by}"),
        Cause::Attached { to } => format!(" because attached to {to}"),
        Cause::NotInConfiguration => " because not in configuration".into(),
        Cause::Destroy => " because destroy".into(),
        Cause::Leftover => " because leftover".into(),
    };
    let impact = match change.impact {
        Impact::None => "",
        Impact::Live => ", live",
        Impact::Blip => ", blip",
        Impact::Downtime => ", downtime",
        Impact::DataLoss => ", data loss",
    };
    let id = change
        .id
        .as_ref()
        .map_or_else(String::new, |id| format!(" ({id})"));
    format!("{action} {}{id}{cause}{impact}", change.address)
}

/// Numbers the steps in an order in which they could run, ties by what they are.
fn step_lines(schedule: &Schedule) -> Vec<String> {
    let graph = &schedule.graph;
    let mut left: Vec<NodeIndex> = graph.node_indices().collect();
    left.sort_by_key(|node| (graph[*node].address.to_string(), node.index()));
    let mut numbers = std::collections::BTreeMap::new();
    let mut lines = Vec::new();
    while !left.is_empty() {
        let free = |node: &NodeIndex| {
            graph
                .neighbors_directed(*node, Direction::Incoming)
                .all(|before| numbers.contains_key(&before))
        };
        let Some(at) = left.iter().position(free) else {
            lines.push("cycle".to_owned());
            break;
        };
        let node = left.remove(at);
        let mut after: Vec<usize> = graph
            .neighbors_directed(node, Direction::Incoming)
            .filter_map(|before| numbers.get(&before).copied())
            .collect();
        after.sort_unstable();
        let number = numbers.len() + 1;
        numbers.insert(node, number);
        let after: Vec<String> = after.iter().map(usize::to_string).collect();
        let after = if after.is_empty() {
            String::new()
        } else {
            format!(" <- {}", after.join(" "))
        };
        lines.push(format!("{number}. {}{after}", step_line(&graph[node])));
    }
    lines
}

fn step_line(step: &Step) -> String {
    let target = match &step.target {
        Target::New => String::new(),
        Target::Existing(id) => format!(" {id}"),
    };
    let completes = if step.completes { " !" } else { "" };
    let role = match step.role {
        Role::Ordinary => "",
        Role::Urgent => " (at once)",
        Role::Undo => " (if it fails)",
    };
    format!(
        "{}: {}{target}{completes}{role}",
        step.address,
        op_words(&step.op)
    )
}

/// Returns an op in a few words.
fn op_words(op: &Op) -> String {
    match op {
        Op::VolumeCreate | Op::NetworkCreate => "create".into(),
        Op::VolumeRemove | Op::NetworkRemove | Op::ContainerRemove => "remove".into(),
        Op::NetworkConnect { network } => format!("connect to {network}"),
        Op::NetworkDisconnect { network, .. } => format!("disconnect from {network}"),
        Op::NetworkJoin { network, .. } => format!("join {network}"),
        Op::WarmUpCreate { name } => format!("create network {name}"),
        Op::WarmUpRemove => "remove network".into(),
        Op::ImagePull { reference } => format!("pull {reference}"),
        Op::ImageBuild => "build".into(),
        Op::ImageRemove { reference } => format!("remove image {reference}"),
        Op::ContainerCreate { name } => format!("create as {name}"),
        Op::ContainerStart => "start".into(),
        Op::ContainerStop => "stop".into(),
        Op::ContainerRestart => "restart".into(),
        Op::ContainerKill { signal } => format!("kill {signal}"),
        Op::ContainerDiscard => "discard".into(),
        Op::ContainerRename { name } => format!("rename to {name}"),
        Op::ContainerUpdate { attributes } => format!("update {}", attributes.join(", ")),
        Op::FilesPut => "put files".into(),
        Op::Await { condition, .. } => match condition {
            Condition::Running { .. } => "await running".into(),
            Condition::Healthy => "await healthy".into(),
            Condition::Exited => "await exit".into(),
        },
        Op::InterimCreate => "create interim volume".into(),
        Op::InterimRemove => "remove interim volume".into(),
        Op::CopierCreate { from, to } => format!("create copier from {from} to {to}"),
        Op::VolumeCopy => "copy and compare".into(),
        Op::Pause { length } => format!("pause {length} ms"),
        Op::Gather => "gather".into(),
        Op::ReceiverImport => "import receiver".into(),
        Op::ReceiverCreate => "create receiver".into(),
        Op::SyncTransfer => "transfer".into(),
        Op::ReceiverRemove => "remove receiver".into(),
        Op::SyncLocal => "sync locally".into(),
        Op::Read { .. } => "read".into(),
    }
}
