//! Random schedules with random failures.

use std::collections::BTreeSet;

use petgraph::algo::has_path_connecting;
use petgraph::graph::NodeIndex;
use proptest::prelude::*;

use super::world::World;
use crate::engine::memory::{Fault, Memory};
use crate::run::Event;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_dependent_of_a_failed_step_runs_and_the_state_has_what_was_done(
        count in 1_usize..10,
        edges in prop::collection::vec((0_usize..10, 0_usize..10), 0..20),
        refused in prop::collection::vec(0_usize..10, 0..4),
        lost in prop::collection::vec(0_usize..10, 0..3),
        parallelism in 1_usize..5,
    ) {
        let engine = Memory::new();
        for call in lost {
            engine.break_call(call, Fault::LostAfter);
        }
        for call in refused {
            engine.break_call(call, Fault::Refused(400));
        }
        let mut world = World::new();
        world.options.parallelism = parallelism;
        let nodes: Vec<NodeIndex> = (0..count).map(|number| world.volume(&format!("v{number}"))).collect();
        for (from, to) in edges {
            if from < to && to < count {
                world.plan.schedule.graph.update_edge(nodes[from], nodes[to], ());
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let outcome = runtime.block_on(world.run(&engine));

        let nodes_of = |pick: fn(&Event) -> Option<NodeIndex>| -> Vec<NodeIndex> {
            outcome.events.iter().filter_map(pick).collect()
        };
        let done = nodes_of(|event| match event { Event::StepFinished { node, .. } => Some(*node), _ => None });
        let failed = nodes_of(|event| match event { Event::StepFailed { node, .. } => Some(*node), _ => None });
        let skipped = nodes_of(|event| match event { Event::StepSkipped { node, .. } => Some(*node), _ => None });
        prop_assert_eq!(done.len() + failed.len() + skipped.len(), count);

        let graph = &world.plan.schedule.graph;
        let depends = |node: &NodeIndex| failed.iter().any(|bad| bad != node && has_path_connecting(graph, *bad, *node, None));
        prop_assert!(!done.iter().any(depends));
        prop_assert!(skipped.iter().all(depends));
        for (at, node) in done.iter().enumerate() {
            let before = done[..at].iter().collect::<BTreeSet<_>>();
            prop_assert!(graph.neighbors_directed(*node, petgraph::Incoming).all(|needed| before.contains(&needed)));
        }
        let expected: BTreeSet<String> = done.iter().map(|node| graph[*node].address.to_string()).collect();
        let remembered: BTreeSet<String> = outcome.state.objects.keys().cloned().collect();
        prop_assert_eq!(remembered, expected);
        prop_assert!(outcome.state.objects.values().all(|object| object.ready));
    }
}
