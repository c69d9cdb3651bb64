//! What is left of values without what is ephemeral in them, which `ephemeralasnull` asks for.
//!
//! An ephemeral variable is unknown as a whole; of locals and outputs that are made from one, only what they make of it.

use super::graph::Node;
use super::repetition::Repeated;
use super::scope::Names;
use super::site::Spot;
use super::walk::Walk;
use crate::config::Expr;
use crate::eval::evaluate_lasting;
use crate::value::{Value, type_of};

impl Walk<'_> {
    /// Returns what is left of a value that has just been evaluated; `None` if nothing of it is ephemeral.
    pub(super) fn without_ephemeral(&mut self, spot: Spot, value: &Value) -> Option<Value> {
        let module = self.module(spot.site);
        match self.node(spot) {
            Node::Variable(at) if module.variables[at].ephemeral => Some(Value::unknown(type_of(value))),
            _ if !self.layers.has_ephemeral() || !self.needs_ephemeral(spot) => None,
            Node::Local(at) => self.evaluated_again(spot.site, &module.locals[at].value),
            Node::Output(at) => self.evaluated_again(spot.site, &module.outputs[at].value),
            Node::CallValue(call) => self.lasting_call_value(spot.site, call),
            _ => None,
        }
    }

    fn needs_ephemeral(&self, spot: Spot) -> bool {
        let mut needed = Vec::new();
        self.needed(spot, &mut needed);
        needed
            .iter()
            .any(|(spot, _)| self.layers.lasting(*spot).is_some())
    }

    fn evaluated_again(&mut self, site: usize, expr: &Expr) -> Option<Value> {
        let repeated = Repeated::default();
        let names = Names::new(self, site, &repeated);
        let value = evaluate_lasting(&expr.expression, &expr.source, &names);
        self.problems.note(value).filter(|value| !value.is_wholly_known())
    }
}
