//! `wharf graph`: what depends on what, without any engine.

use std::collections::BTreeSet;

use super::arguments::{Graph, GraphFormat};
use super::environment::Environment;
use super::pipeline::Project;
use super::terminal::Terminal;
use super::{ExitStatus, Outcome};
use crate::address::Address;
use crate::desired::{Desired, Unknowns, evaluate};
use crate::view::graph;

/// Draws the graph.
pub(super) fn run(arguments: &Graph, environment: &Environment, terminal: &Terminal) -> Outcome {
    let project = Project::load(&(&arguments.inputs).into(), environment)?;
    let desired = evaluate(&project.config, &project.inputs, &mut Unknowns::default())?;
    terminal.report(&desired.warnings);
    let graph = of_blocks(&desired);
    terminal.result(&match arguments.format {
        GraphFormat::Dot => graph::dot(&graph),
        GraphFormat::Mermaid => graph::mermaid(&graph),
        GraphFormat::Json => graph::json(&graph),
    });
    Ok(ExitStatus::Success)
}

/// Takes all instances of a block as one node: what depends on what is written once for all of them.
fn of_blocks(desired: &Desired) -> graph::Graph {
    let blocks: BTreeSet<String> = desired.instances.keys().map(block).collect();
    let nodes: Vec<String> = blocks.into_iter().collect();
    let position = |name: &str| nodes.binary_search_by(|node| node.as_str().cmp(name)).ok();
    let edges: BTreeSet<(usize, usize)> = desired
        .instances
        .values()
        .flat_map(|instance| {
            let from = block(&instance.address);
            instance
                .dependencies
                .iter()
                .map(move |dependency| (from.clone(), block(dependency)))
        })
        .filter_map(|(from, to)| Some((position(&from)?, position(&to)?)))
        .collect();
    graph::Graph {
        edges: edges.into_iter().filter(|(from, to)| from != to).collect(),
        nodes,
    }
}

/// Names the block of an instance, with the modules that it is in.
fn block(address: &Address) -> String {
    let mut block = address.clone();
    block.key = None;
    for step in &mut block.module.0 {
        step.key = None;
    }
    block.to_string()
}
