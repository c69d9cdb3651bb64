//! What references see while the configuration is evaluated for a plan: the planner's own diff, instance by instance.

use std::collections::BTreeMap;
use std::sync::Arc;

use wharf_state::State;

use super::walk::{Decided, Walk};
use super::{Action, Options};
use crate::address::Address;
use crate::desired::{Desired, Instance, Outlook as Outlooks};
use crate::observe::Observed;
use crate::value::Attributes;

/// The planner's outlook: live attributes of what stays, unknowns for what is made.
pub struct Outlook<'a> {
    walk: Walk<'a>,
}

impl<'a> Outlook<'a> {
    /// Makes the outlook of one plan; [`plan`](super::plan) is to be given the same inputs.
    pub fn new(observed: &'a Observed, state: &'a State, options: &'a Options) -> Self {
        Self {
            walk: Walk::new(observed, state, options),
        }
    }

    /// Returns what references saw of each instance.
    pub fn seen(&self) -> BTreeMap<Address, Arc<Attributes>> {
        let decided = self.walk.decided.iter();
        decided
            .map(|(address, decided)| (address.clone(), Arc::clone(&decided.attributes)))
            .collect()
    }

    /// Gives out the walk if it has found nothing to do and nothing wrong, which it would find in no other order either.
    pub(super) fn unchanged(mut self, desired: &Desired) -> Option<Walk<'a>> {
        let is_quiet = |it: &Decided<'_>| it.change.action == Action::NoOp && it.leftovers.is_empty();
        if !self.walk.wrong.is_empty()
            || self.walk.decided.len() != desired.instances.len()
            || !self.walk.decided.values().all(is_quiet)
        {
            return None;
        }
        for (address, decided) in &mut self.walk.decided {
            // Those that follow from what all instances are were not known on the way.
            decided
                .change
                .dependencies
                .clone_from(&desired.instances.get(address)?.dependencies);
        }
        Some(self.walk)
    }
}

impl Outlooks for Outlook<'_> {
    fn attributes(&mut self, instance: &Instance) -> Arc<Attributes> {
        // What is wrong with it is said by the plan, whose walk goes the same way once more.
        self.walk.visit(instance);
        let decided = self.walk.decided.get(&instance.address);
        decided.map_or_else(Arc::default, |decided| Arc::clone(&decided.attributes))
    }
}
