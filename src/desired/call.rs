//! Calls of modules: which instances there are, what goes in, and what comes out.

use super::Outlook;
use super::inputs;
use super::repetition::{Expansion, Repeated, expand};
use super::scope::Names;
use super::site::Spot;
use super::walk::Walk;
use crate::address::ModulePath;
use crate::diagnostic::{Diagnostic, Span};
use crate::eval::evaluate;
use crate::value::{Type, Value};

/// More module instances than any engine could hold objects.
const MOST_SITES: usize = 100_000;

impl Walk<'_> {
    /// Evaluates a variable: those of the root module are given from outside, others by the call.
    pub(super) fn variable_of(&mut self, site: usize, at: usize) -> Option<Value> {
        let module = self.module(site);
        let (name, variable) = module.variables.get_index(at)?;
        let here = self.layers.site(site);
        let unit = &self.setting.graph.units.units[here.unit];
        let (Some(caller), Some((_, call))) = (here.parent, unit.parent) else {
            return self.setting.variables.get(name).cloned();
        };
        let call = &self.module(caller).calls[call];
        let given = match call.arguments.get(name) {
            Some(argument) => {
                let expr = &argument.value;
                let names = Names::new(self, caller, &here.repeated);
                let value = evaluate(&expr.expression, &expr.source, &names);
                Some((self.problems.note(value)?, expr.span()))
            }
            // That it is missing was reported.
            None if variable.default.is_none() => return None,
            None => None,
        };
        let value = inputs::argument(variable, given);
        let value = self.problems.note(value)?;
        Some(value.sensitive_if(variable.sensitive))
    }

    /// Decides which instances of a module there are.
    pub(super) fn call(&mut self, spot: Spot, at: usize) {
        let call = &self.module(spot.site).calls[at];
        let expansion = expand(
            &call.repetition,
            &Names::new(self, spot.site, &Repeated::default()),
        );
        let expansion = self.problems.note(expansion).unwrap_or(Expansion::Failed);
        if expansion.len() > MOST_SITES - self.layers.count().min(MOST_SITES) {
            self.problems.push(
                Diagnostic::error("Too many modules")
                    .detail(format!(
                        "There would be more than {MOST_SITES} instances of modules."
                    ))
                    .at(call.span.clone(), "makes too many"),
            );
            self.expand(spot, at, Expansion::Count(0));
            return;
        }
        self.expand(spot, at, expansion);
    }

    pub(super) fn expand(&mut self, spot: Spot, at: usize, expansion: Expansion) {
        let unit = &self.setting.graph.units.units[self.layers.site(spot.site).unit];
        match unit.children[at] {
            Some(child) => {
                let name = &self.module(spot.site).calls[at].name;
                self.layers.expand(spot, child, at, name, expansion);
            }
            None => {
                self.layers.own.expansions.insert(spot, Expansion::Failed);
            }
        }
    }

    /// Puts all outputs of a module into one value.
    pub(super) fn call_value(&self, site: usize, call: usize) -> Value {
        let node = self.part(site).numbering.call(call);
        let header = Spot { site, node };
        let Some(children) = self.layers.children(header) else {
            return Value::unknown(Type::Any);
        };
        let values = children
            .iter()
            .map(|child| self.outputs_of(*child, |spot| self.layers.value(spot)))
            .collect();
        self.layers.expansion(header).assemble(values)
    }

    /// Puts what is left of all outputs of a module without what is ephemeral into one value.
    pub(super) fn lasting_call_value(&self, site: usize, call: usize) -> Option<Value> {
        let node = self.part(site).numbering.call(call);
        let header = Spot { site, node };
        let lasting = |spot| self.layers.lasting(spot).or_else(|| self.layers.value(spot));
        let children = self.layers.children(header)?;
        let values = children.iter().map(|child| self.outputs_of(*child, lasting));
        Some(self.layers.expansion(header).assemble(values.collect()))
    }

    /// Puts the outputs of a module instance that have been evaluated into one value.
    fn outputs_of<'v>(&self, site: usize, value: impl Fn(Spot) -> Option<&'v Value>) -> Value {
        let numbering = self.part(site).numbering;
        let names = self.module(site).outputs.keys().enumerate();
        Value::object(names.filter_map(|(at, name)| {
            let node = numbering.output(at);
            let value = value(Spot { site, node })?;
            Some((name.clone(), value.clone()))
        }))
    }

    /// Returns where a variable is given its value: by the call of its module, or from outside.
    pub(super) fn given_at(&self, site: usize, variable: &str) -> Option<Span> {
        let here = self.layers.site(site);
        let Some((_, call)) = self.setting.graph.units.units[here.unit].parent else {
            return inputs::given_at(self.setting.inputs, variable);
        };
        let call = &self.module(here.parent?).calls[call];
        Some(call.arguments.get(variable)?.value.span())
    }

    /// Finds the module instance with an address, and evaluates what decides on the way there.
    pub(super) fn site_of(&mut self, path: &ModulePath, outlook: &mut dyn Outlook) -> Option<usize> {
        let mut site = 0;
        for step in &path.0 {
            let call = self.module(site).calls.get_index_of(&step.name)?;
            let node = self.part(site).numbering.call(call);
            let spot = Spot { site, node };
            self.demand(spot, outlook);
            site = self.layers.child(spot, step.key.as_ref())?;
        }
        Some(site)
    }
}
