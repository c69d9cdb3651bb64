//! What references see while the configuration is evaluated for a plan: the planner's own diff, instance by instance.

use wharf_state::State;

use super::Options;
use super::walk::Walk;
use crate::desired::{Instance, Outlook as Outlooks};
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
}

impl Outlooks for Outlook<'_> {
    fn attributes(&mut self, instance: &Instance) -> Attributes {
        // What is wrong with it is said by `plan`, which walks the same way once more.
        self.walk.visit(instance);
        match self.walk.decided.get(&instance.address) {
            Some(decided) => decided.attributes.clone(),
            None => Attributes::new(),
        }
    }
}
