//! Which instances each instance depends on: those that its evaluation has read, and those that its block waits for as a
//! whole.

use std::collections::BTreeSet;

use hcl_edit::expr::TraversalOperator;

use super::graph::{Node, Target};
use super::reading::{Place, place};
use super::repetition::{Expansion, Repeated};
use super::site::Spot;
use super::waiting::Targets;
use super::walk::Walk;
use crate::address::{Address, Key};
use crate::config::Repetition;
use crate::value::Value;

impl Walk<'_> {
    /// Returns what all instances of a block depend on, and the references of which each may read other instances.
    pub(super) fn dependencies(&self, site: usize, block: usize) -> (BTreeSet<Address>, Vec<(Place, Spot)>) {
        let node = self.part(site).numbering.body(block);
        let mut needed = Vec::new();
        self.needed(Spot { site, node }, &mut needed);
        let varying = self.varying(site, block);
        let mirrors = self.mirrored(site, block).is_some();
        let mut targets = Targets::new();
        for (spot, key) in needed {
            match self.node(spot) {
                Node::Header(own) if mirrors && own == block && spot.site == site => {}
                Node::Body(_) if key.is_none() && varying.iter().any(|(_, of)| *of == spot) => {}
                Node::Body(_) => {
                    targets.insert((spot, key));
                }
                _ => targets.extend(
                    self.targets
                        .get(&spot)
                        .into_iter()
                        .flat_map(|set| set.iter().cloned()),
                ),
            }
        }
        let mut dependencies = BTreeSet::new();
        for (spot, key) in &targets {
            match key {
                Some(key) => dependencies.extend(self.instance_of(*spot, key)),
                None => dependencies.extend(self.instances_of(*spot)),
            }
        }
        (dependencies, varying)
    }

    /// Returns the block whose instances a block repeats one by one: that of `for_each = volume.data`.
    pub(super) fn mirrored(&self, site: usize, block: usize) -> Option<Spot> {
        let Repetition::ForEach(expr) = &self.module(site).blocks[block].repetition else {
            return None;
        };
        let part = self.part(site);
        let [need] = &part.needs[part.numbering.header(block)][..] else {
            return None;
        };
        let names = expr.expression.as_traversal().map(|traversal| {
            let is_name = |operator: &hcl_edit::Decorated<TraversalOperator>| {
                matches!(operator.value(), TraversalOperator::GetAttr(_))
            };
            let rooted = traversal.expr.is_variable() && traversal.operators.iter().all(is_name);
            (rooted, traversal.operators.len())
        });
        let Target::Node(node) = need.target else {
            return None;
        };
        let Node::Body(of) = part.nodes[node] else {
            return None;
        };
        let of = &self.module(site).blocks[of];
        // A single block is an object of its attributes, and a list has other keys.
        if !matches!(of.repetition, Repetition::ForEach(_)) {
            return None;
        }
        let length = 1 + usize::from(of.address.data);
        (names == Some((true, length))).then_some(Spot { site, node })
    }

    /// Lists the references to repeated blocks that do not say which instance they mean, or say it by what is evaluated.
    fn varying(&self, site: usize, block: usize) -> Vec<(Place, Spot)> {
        let part = self.part(site);
        let node = part.numbering.body(block);
        let needs = part.needs[node].iter();
        needs
            .filter(|need| need.key.is_none())
            .filter_map(|need| match need.target {
                Target::Node(node) => Some((place(need.span.as_ref()?), Spot { site, node })),
                _ => None,
            })
            .filter(|(_, spot)| match self.node(*spot) {
                Node::Body(other) => !matches!(self.expansion(site, other), Expansion::One),
                _ => false,
            })
            .collect()
    }

    /// Returns what the instance that has just been evaluated depends on, sorted.
    pub(super) fn depends_on(
        &self,
        shared: &BTreeSet<Address>,
        varying: &[(Place, Spot)],
        twin: Option<Address>,
    ) -> Vec<Address> {
        if varying.is_empty() && twin.is_none() {
            return shared.iter().cloned().collect();
        }
        let mut dependencies = shared.clone();
        dependencies.extend(twin);
        for (place, spot) in varying {
            match self.reads.keys(*place) {
                Some(keys) => dependencies.extend(keys.iter().filter_map(|key| self.instance_of(*spot, key))),
                None => dependencies.extend(self.instances_of(*spot)),
            }
        }
        dependencies.into_iter().collect()
    }

    pub(super) fn instance_of(&self, spot: Spot, key: &Key) -> Option<Address> {
        let Node::Body(block) = self.node(spot) else {
            return None;
        };
        self.expansion(spot.site, block).instance(Some(key))?;
        Some(self.address(spot.site, block, Some(key.clone())))
    }

    fn instances_of(&self, spot: Spot) -> Vec<Address> {
        let Node::Body(block) = self.node(spot) else {
            return Vec::new();
        };
        let keys = self.expansion(spot.site, block).keys().into_iter();
        keys.map(|key| self.address(spot.site, block, key)).collect()
    }

    /// Returns what `count` and `each` stand for in an instance, if there is one with this key.
    pub(super) fn repeated(&self, site: usize, block: usize, key: Option<&Key>) -> Option<Repeated> {
        self.twin(site, block, key)
            .or_else(|| self.expansion(site, block).instance(key))
    }

    /// Returns what `each.key` and `each.value` stand for if they are those of an instance of another block that is done.
    pub(super) fn twin(&self, site: usize, block: usize, key: Option<&Key>) -> Option<Repeated> {
        self.outcomes?;
        let Node::Body(of) = self.node(self.mirrored(site, block)?) else {
            return None;
        };
        let Some(Key::Name(name)) = key else { return None };
        Some(Repeated {
            count: None,
            each: Some((Value::from(name.as_str()), self.outcome(site, of, key)?)),
        })
    }
}
