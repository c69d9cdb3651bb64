//! Where ephemeral values may go: they are never kept, so nothing that is kept may be made from them.
//!
//! What an expression refers to decides, without evaluating it: a reference to an ephemeral variable, to a local value made from
//! one, or to an ephemeral output of a module.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, FuncCall, ObjectKey};
use hcl_edit::structure::Body;
use hcl_edit::visit::{self, Visit};

use crate::config::{Config, Expr, Module, Repetition};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};
use crate::eval::{Reference, references};

/// How many local values deep it is looked which part of an object is ephemeral; deeper all of it counts.
const DEEPEST: u8 = 64;

/// Finds every use of an ephemeral value that would keep it.
pub(super) fn problems(config: &Config) -> Diagnostics {
    let mut problems = Diagnostics::default();
    for (at, module) in config.modules.iter().enumerate() {
        let locals = tainted_locals(config, module);
        let uses = Uses {
            config,
            module,
            locals: &locals,
            parts: RefCell::default(),
            depth: Cell::new(0),
        };
        uses.outputs(at == 0, &mut problems);
        uses.blocks(&mut problems);
        uses.calls(&mut problems);
        uses.imports(&mut problems);
    }
    problems
}

/// Finds the local values that are made from ephemeral ones, also by way of others.
fn tainted_locals(config: &Config, module: &Module) -> HashSet<String> {
    let mut tainted = HashSet::new();
    let is_possible = module.variables.values().any(|variable| variable.ephemeral)
        || module
            .calls
            .values()
            .filter_map(|call| call.module)
            .any(|called| {
                let outputs = &config.modules[called].outputs;
                outputs.values().any(|output| output.ephemeral)
            });
    if !is_possible {
        return tainted;
    }
    loop {
        let uses = Uses {
            config,
            module,
            locals: &tainted,
            parts: RefCell::default(),
            depth: Cell::new(0),
        };
        let found: Vec<String> = module
            .locals
            .iter()
            .filter(|(name, local)| !tainted.contains(*name) && uses.first_in(&local.value).is_some())
            .map(|(name, _)| name.clone())
            .collect();
        if found.is_empty() {
            break;
        }
        tainted.extend(found);
    }
    tainted
}

struct Uses<'a> {
    config: &'a Config,
    module: &'a Module,
    locals: &'a HashSet<String>,
    /// Which parts of local values are ephemeral, as far as that has been asked: each is looked into once. One that is being
    /// looked into counts as ephemeral, for they may go round in a circle.
    parts: RefCell<HashMap<(String, String), bool>>,
    /// How many local values are being looked into.
    depth: Cell<u8>,
}

impl Uses<'_> {
    fn outputs(&self, is_root: bool, problems: &mut Diagnostics) {
        for (name, output) in &self.module.outputs {
            if output.ephemeral && is_root {
                problems.push(
                    Diagnostic::error("Ephemeral output of the root module")
                        .detail(format!(
                            "`{name}` is ephemeral, and outputs of the root module are kept in the state."
                        ))
                        .at(output.span.clone(), "is kept")
                        .help("Only modules that are called can have ephemeral outputs."),
                );
            } else if output.ephemeral && self.first_in(&output.value).is_none() {
                problems.push(
                    Diagnostic::error("Ephemeral output of a lasting value")
                        .detail(format!(
                            "`{name}` is ephemeral, and its value is not made from an ephemeral one."
                        ))
                        .at(output.value.span(), "not ephemeral")
                        .help("Take `ephemeral = true` out of the output."),
                );
            } else if !output.ephemeral
                && let Some(span) = self.first_in(&output.value)
            {
                problems.push(
                    Diagnostic::error("Ephemeral value in an output")
                        .detail(format!(
                            "`{name}` is not declared as ephemeral, so it cannot be made from an ephemeral value."
                        ))
                        .at(span, "ephemeral")
                        .help(match is_root {
                            true => "Write `ephemeralasnull(…)` around it; outputs of the root module are kept.",
                            false => "Add `ephemeral = true` to the output.",
                        }),
                );
            }
        }
    }

    fn blocks(&self, problems: &mut Diagnostics) {
        for block in self.module.blocks.values() {
            self.repetition(&block.repetition, problems);
            self.body(&block.body, &block.source, problems);
        }
    }

    fn calls(&self, problems: &mut Diagnostics) {
        for call in self.module.calls.values() {
            self.repetition(&call.repetition, problems);
            let Some(called) = call.module.map(|at| &self.config.modules[at]) else {
                continue;
            };
            for (name, argument) in &call.arguments {
                let declared = called.variables.get(name);
                if let Some(variable) = declared.filter(|variable| !variable.ephemeral)
                    && let Some(span) = self.first_in(&argument.value)
                {
                    problems.push(
                        Diagnostic::error("Ephemeral value for a variable")
                            .detail(format!("`{name}` does not take ephemeral values."))
                            .at(span, "ephemeral")
                            .related(variable.span.clone(), "declared here")
                            .help("Add `ephemeral = true` to the variable."),
                    );
                }
            }
        }
    }

    fn imports(&self, problems: &mut Diagnostics) {
        for import in &self.module.imports {
            let modules = import.to.module.iter().filter_map(|(_, key)| key.as_ref());
            let keys = modules.chain(&import.to.key);
            for expr in import.for_each.iter().chain([&import.id]).chain(keys) {
                if let Some(span) = self.first_in(expr) {
                    problems.push(
                        Diagnostic::error("Ephemeral import")
                            .detail("What is imported is kept in the state, so it cannot depend on an ephemeral value.")
                            .at(span, "ephemeral"),
                    );
                }
            }
        }
    }

    fn repetition(&self, repetition: &Repetition, problems: &mut Diagnostics) {
        let (Repetition::Count(expr) | Repetition::ForEach(expr) | Repetition::Enabled(expr)) = repetition
        else {
            return;
        };
        if let Some(span) = self.first_in(expr) {
            problems.push(
                Diagnostic::error("Ephemeral number of instances")
                    .detail("Which instances there are is kept in the state, so it cannot depend on an ephemeral value.")
                    .at(span, "ephemeral"),
            );
        }
    }

    fn body(&self, body: &Body, source: &Arc<Source>, problems: &mut Diagnostics) {
        for attribute in body.attributes() {
            if let Some(span) = self.first(&attribute.value, source) {
                problems.push(
                    Diagnostic::error("Ephemeral value in a block")
                        .detail(format!(
                            "`{}` is kept in the state, so it cannot be made from an ephemeral value.",
                            attribute.key.as_str()
                        ))
                        .at(span, "ephemeral"),
                );
            }
        }
        for block in body.blocks() {
            self.body(&block.body, source, problems);
        }
    }

    fn first_in(&self, expr: &Expr) -> Option<Span> {
        self.first(&expr.expression, &expr.source)
    }

    /// Returns the first reference to something ephemeral.
    fn first(&self, expression: &Expression, source: &Arc<Source>) -> Option<Span> {
        let found = references(expression, source)
            .into_iter()
            .find(|it| self.is_ephemeral(it))?;
        let mut voided = Voided::default();
        voided.visit_expr(expression);
        if voided.0.is_empty() {
            return Some(found.span);
        }
        let kept: Vec<Span> = voided
            .0
            .into_iter()
            .map(|range| Span::new(source, range))
            .collect();
        let is_voided = |span: &Span| {
            kept.iter()
                .any(|around| around.range.start <= span.range.start && span.range.end <= around.range.end)
        };
        let mut all = references(expression, source).into_iter();
        all.find(|it| self.is_ephemeral(it) && !is_voided(&it.span))
            .map(|it| it.span)
    }

    fn is_ephemeral(&self, reference: &Reference) -> bool {
        let path: Vec<&str> = reference.path.iter().map(String::as_str).collect();
        match path[..] {
            ["var", name, ..] => self
                .module
                .variables
                .get(name)
                .is_some_and(|variable| variable.ephemeral),
            ["local", name] => self.locals.contains(name),
            ["local", name, attribute, ..] => {
                self.locals.contains(name) && self.is_ephemeral_part(name, attribute)
            }
            ["module", name, ..] => {
                let called = self.module.calls.get(name).and_then(|call| call.module);
                let Some(called) = called.map(|at| &self.config.modules[at]) else {
                    return false;
                };
                match path.get(2) {
                    Some(output) => called.outputs.get(*output).is_some_and(|output| output.ephemeral),
                    None => called.outputs.values().any(|output| output.ephemeral),
                }
            }
            _ => false,
        }
    }

    /// An object that is written out may hold one ephemeral value beside others.
    fn is_ephemeral_part(&self, name: &str, attribute: &str) -> bool {
        let Some(local) = self.module.locals.get(name) else {
            return false;
        };
        let Expression::Object(object) = &local.value.expression else {
            return true;
        };
        let part = (name.to_owned(), attribute.to_owned());
        if let Some(known) = self.parts.borrow().get(&part) {
            return *known;
        }
        if self.depth.get() == DEEPEST {
            return true;
        }
        self.parts.borrow_mut().insert(part.clone(), true);
        self.depth.set(self.depth.get() + 1);
        let mut named = object.iter().filter(|(key, _)| match key {
            ObjectKey::Ident(ident) => ident.as_str() == attribute,
            ObjectKey::Expression(key) => key.as_str().is_none_or(|key| key == attribute),
        });
        let found = named.any(|(_, value)| self.first(value.expr(), &local.value.source).is_some());
        self.depth.set(self.depth.get() - 1);
        self.parts.borrow_mut().insert(part, found);
        found
    }
}

/// The places where ephemeral values are given up.
#[derive(Default)]
struct Voided(Vec<Range<usize>>);

impl Visit for Voided {
    fn visit_func_call(&mut self, call: &FuncCall) {
        if call.name.name.as_str() == "ephemeralasnull" {
            self.0.extend(call.span());
        }
        visit::visit_func_call(self, call);
    }
}
