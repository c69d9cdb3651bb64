//! What a node of a module instance needs, and which objects it waits for.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::graph::{Need, Node, Target};
use super::site::Spot;
use super::walk::Walk;
use crate::address::Key;

/// The instances that evaluating something waits for: blocks by their bodies, all their instances or one.
pub(super) type Targets = BTreeSet<(Spot, Option<Key>)>;

impl Walk<'_> {
    /// Lists what a node needs, as far as it is known which module instances there are: what decides on them comes along.
    pub(super) fn needed(&self, spot: Spot, found: &mut Vec<(Spot, Option<Key>)>) {
        let part = self.part(spot.site);
        for need in &part.needs[spot.node] {
            self.resolve(spot.site, need, found);
        }
        let site = self.layers.site(spot.site);
        let units = &self.setting.graph.units.units;
        let unit = &units[site.unit];
        match part.nodes[spot.node] {
            Node::Variable(variable) => {
                if let (Some(caller), Some((_, call))) = (site.parent, unit.parent) {
                    for need in &self.part(caller).arguments[call][variable] {
                        self.resolve(caller, need, found);
                    }
                }
            }
            Node::Body(_) | Node::CallGate(_) => {
                if let Some((gated, call)) = unit.gate {
                    let mut around = site.parent;
                    while let Some(at) = around.filter(|at| self.layers.site(*at).unit != gated) {
                        around = self.layers.site(at).parent;
                    }
                    found.extend(around.map(|site| {
                        let node = self.part(site).numbering.call_gate(call);
                        (Spot { site, node }, None)
                    }));
                }
            }
            _ => {}
        }
    }

    /// Finds the nodes that a need of a module instance stands for.
    pub(super) fn resolve(&self, site: usize, need: &Need, found: &mut Vec<(Spot, Option<Key>)>) {
        let call = match need.target {
            Target::Node(node) => {
                found.push((Spot { site, node }, need.key.clone()));
                return;
            }
            Target::Output { call, .. } | Target::Everything { call } => call,
        };
        let node = self.part(site).numbering.call(call);
        let header = Spot { site, node };
        let Some(children) = self.layers.children(header) else {
            // A call whose module is missing has no instances.
            if self.layers.value(header).is_none() {
                found.push((header, None));
            }
            return;
        };
        let children = match &need.key {
            Some(key) => self.layers.child(header, Some(key)).into_iter().collect(),
            None => children.to_vec(),
        };
        for site in children {
            let part = self.part(site);
            match need.target {
                Target::Output { output, .. } => {
                    let node = part.numbering.output(output);
                    found.push((Spot { site, node }, None));
                }
                _ => {
                    let nodes = part.nodes.iter().enumerate();
                    let wanted = nodes.filter(|(_, node)| matches!(node, Node::Body(_) | Node::CallBody(_)));
                    found.extend(wanted.map(|(node, _)| (Spot { site, node }, None)));
                }
            }
        }
    }

    /// Collects the blocks that a node waits for, also through values.
    pub(super) fn collect_targets(&self, spot: Spot) -> Arc<Targets> {
        let mut needed = Vec::new();
        self.needed(spot, &mut needed);
        let mut inherited: Vec<&Arc<Targets>> = Vec::new();
        let mut targets = Targets::new();
        for (needed, key) in needed {
            match self.node(needed) {
                Node::Body(_) => {
                    targets.insert((needed, key));
                }
                _ => inherited.extend(self.targets.get(&needed).filter(|set| !set.is_empty())),
            }
        }
        if let ([only], true) = (&inherited[..], targets.is_empty()) {
            return Arc::clone(only);
        }
        for set in inherited {
            targets.extend(set.iter().cloned());
        }
        Arc::new(targets)
    }
}
