//! Blocks + values → the desired graph: modules, `count`, `for_each`, decoding by FIELDS, dependencies, lifecycle.
//!
//! ```text
//! Config + Inputs ──graph──▶ what needs what ──walk──▶ values, instances ──order──▶ Desired
//! ```
//! Each block is evaluated once in each module instance, after what it needs; values pass in and out of modules one by one, so
//! that two modules can use each other as long as their values do not. During apply a [`Binder`] evaluates single instances again, with what
//! has come out so far.

mod ask;
mod binder;
mod call;
mod checks;
mod condition;
mod constant;
mod decode;
mod dependencies;
mod dynamic;
mod ephemeral;
mod graph;
mod import;
mod inputs;
mod instance;
mod lasting;
mod lifecycle;
mod moves;
mod order;
mod promises;
mod reading;
mod reads;
mod remembered;
mod repetition;
mod scope;
mod setting;
mod settings;
mod site;
mod unit;
mod waiting;
mod walk;
mod wrong_reference;

#[cfg(test)]
mod binder_tests;
#[cfg(test)]
mod condition_tests;
#[cfg(test)]
mod ephemeral_tests;
#[cfg(test)]
mod import_tests;
#[cfg(test)]
mod input_tests;
#[cfg(test)]
mod lifecycle_tests;
#[cfg(test)]
mod module_tests;
#[cfg(test)]
mod reference_tests;
#[cfg(test)]
mod repetition_tests;
#[cfg(test)]
mod structure_tests;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;
use petgraph::graph::DiGraph;

use crate::address::{Address, ModulePath};
use crate::config::{Config, Module};
use crate::diagnostic::{Diagnostics, Source, Span};
use crate::eval::told_once;
use crate::kinds::{KINDS, Kind, Spec};
use crate::value::{Attributes, Value};

pub use ask::{Answers, ask};
pub use binder::Binder;
pub use checks::{CheckOutcome, CheckResult, Subject};
pub use import::{Import, Imports, Undecided, not_declared};
pub use inputs::{Assignment, Inputs};
pub use moves::Moves;
pub use remembered::Remembered;
pub use settings::{Settings, settings};

/// The kinds that are known: the register, or a test's own.
pub type Kinds = &'static [&'static dyn Kind];

/// What is wanted: one entry per instance, and the order between them.
#[derive(Clone, Debug)]
pub struct Desired {
    /// The instances, in dependency order (dependencies first), ties in source order.
    pub instances: IndexMap<Address, Instance>,
    /// Node = address, edge from a dependency to what depends on it. No cycle.
    pub graph: DiGraph<Address, ()>,
    /// The outputs, in source order.
    pub outputs: IndexMap<String, Output>,
    /// Warnings found on the way.
    pub warnings: Diagnostics,
    /// Checks whose outcome is not known yet.
    pub unsettled: Diagnostics,
    /// What became of all conditions that were looked at.
    pub checks: Vec<CheckResult>,
    /// What `moved` and `removed` blocks say.
    pub moves: Moves,
    /// What `import` blocks say.
    pub imports: Imports,
}

/// One instance of a block.
#[derive(Clone, Debug)]
pub struct Instance {
    /// Its address.
    pub address: Address,
    /// The block, for errors.
    pub span: Span,
    /// Where each attribute is set, by path such as `port[0].host`, for errors.
    pub spans: IndexMap<String, Span>,
    /// What it is to be. May hold unknown values.
    pub spec: Spec,
    /// Its name on the engine: given, or derived from the address; empty for kinds without names. Unknown names are errors.
    pub name: String,
    /// What it refers to or is told to wait for: instances of these are its dependencies. Sorted.
    pub dependencies: Vec<Address>,
    /// Its `lifecycle` block.
    pub lifecycle: Lifecycle,
    /// Whether a `check` block reads it, which stops nothing if it is not there.
    pub in_check: bool,
}

/// The `lifecycle` block.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lifecycle {
    /// `create_before_destroy = true`, or `replace = "start_first"`.
    pub start_first: bool,
    /// Destroying it is an error.
    pub prevent_destroy: bool,
    /// Attributes (by path) whose changes are not looked at; `all` is a single `*`.
    pub ignore_changes: Vec<String>,
    /// Instances, or all those of a block, whose change replaces this one; with an attribute path, or an empty one for any
    /// change.
    pub replace_triggered_by: Vec<(Address, String)>,
}

/// A value that is shown and stored after apply.
#[derive(Clone, Debug)]
pub struct Output {
    /// The value; may be unknown.
    pub value: Value,
    /// Whether it must not be shown.
    pub sensitive: bool,
    /// Where it stands.
    pub span: Span,
}

/// Foretells what references to an instance see, while the graph is walked in dependency order.
///
/// `validate` knows only what the spec says; `plan` knows the live object and whether it will change; `apply` knows
/// what has come out.
pub trait Outlook {
    /// Returns the attributes of an instance whose spec has just been evaluated.
    fn attributes(&mut self, instance: &Instance) -> Arc<Attributes>;

    /// Passes an instance that nothing refers to.
    fn pass(&mut self, instance: &Instance) {
        let _ = self.attributes(instance);
    }
}

/// What references see when nothing is known of the engine: what the specs say, and unknowns for the rest.
#[derive(Clone, Copy)]
pub struct Unknowns {
    kinds: Kinds,
}

impl Default for Unknowns {
    fn default() -> Self {
        Self { kinds: KINDS }
    }
}

impl Unknowns {
    /// Knows nothing but the given kinds.
    pub fn of(kinds: Kinds) -> Self {
        Self { kinds }
    }
}

impl Outlook for Unknowns {
    fn attributes(&mut self, instance: &Instance) -> Arc<Attributes> {
        let Some(kind) = graph::kind_of(self.kinds, &instance.address.block) else {
            return Arc::default();
        };
        if !instance.address.block.data {
            return Arc::new(kind.foretell(&instance.spec, &instance.name));
        }
        // Nothing of what a `data` block reads is known before it is read.
        let attributes = graph::readable(self.kinds, &instance.address.block)
            .into_iter()
            .map(|field| {
                let unknown = || Value::unknown(field.ty.language());
                let value = instance.spec.get(field.name).cloned().unwrap_or_else(unknown);
                (field.name.to_owned(), value)
            });
        Arc::new(attributes.collect())
    }

    fn pass(&mut self, _: &Instance) {}
}

/// Evaluates a configuration. What references see of an instance is asked of the outlook, in dependency order.
///
/// # Errors
/// Every problem of the configuration and the inputs.
pub fn evaluate(config: &Config, inputs: &Inputs, outlook: &mut dyn Outlook) -> Result<Desired, Diagnostics> {
    evaluate_with(KINDS, config, inputs, outlook)
}

/// Evaluates a configuration with given kinds.
///
/// # Errors
/// Every problem of the configuration and the inputs.
pub fn evaluate_with(
    kinds: Kinds,
    config: &Config,
    inputs: &Inputs,
    outlook: &mut dyn Outlook,
) -> Result<Desired, Diagnostics> {
    let mut problems = config.problems.clone();
    let prepared = setting::Prepared::new(config, inputs, kinds, &mut problems);
    let known = problems.note(settings::read(config, inputs, kinds, &prepared));
    let project = known.map_or_else(|| config.default_project.clone(), |settings| settings.project);
    let setting = prepared.setting(config, inputs, kinds, project);
    let mut walk = walk::Walk::new(&setting);
    walk.everything(outlook);
    let places = places(&walk);
    let walk::Found {
        instances,
        outputs,
        problems: found,
        unsettled,
        imports,
        checks,
    } = walk.ended();
    problems.extend(found);
    problems.extend(ephemeral::problems(config));
    let moves = Moves::new(config);
    problems.extend(moves.problems(&instances));
    if !problems.has_errors() {
        // What could not be evaluated has no instances.
        problems.extend(imports.problems(&instances));
    }
    problems.extend(order::name_clashes(kinds, &setting.naming, instances.values()));
    in_reading_order(&mut problems, config);
    if problems.has_errors() {
        return Err(problems);
    }
    let mut found: Vec<Instance> = instances.into_values().collect();
    // Instances of one block stand together and in order already.
    found.sort_by_cached_key(|instance| {
        let (place, module) = places.get(&instance.address.module)?;
        Some((*place, module.blocks.get_index_of(&instance.address.block)))
    });
    let (instances, graph) = order::ordered(found);
    Ok(Desired {
        instances,
        graph,
        outputs: in_source_order(outputs, config),
        warnings: problems,
        unsettled,
        checks,
        moves,
        imports,
    })
}

/// Numbers the module instances in source order.
fn places<'a>(walk: &walk::Walk<'a>) -> HashMap<ModulePath, (usize, &'a Module)> {
    let mut sites: Vec<usize> = (0..walk.layers.count()).collect();
    sites.sort_by(|left, right| {
        let order = |site| &walk.layers.site(site).order;
        order(*left).cmp(order(*right))
    });
    sites
        .into_iter()
        .enumerate()
        .map(|(place, site)| (walk.layers.site(site).path.clone(), (place, walk.module(site))))
        .collect()
}

/// Sorts problems by file and line; what has no place comes first. What several instances say alike is said once.
fn in_reading_order(problems: &mut Diagnostics, config: &Config) {
    told_once(problems);
    let files: HashMap<*const Source, usize> = config.sources().map(Arc::as_ptr).zip(0..).collect();
    let file = |span: &Span| files.get(&Arc::as_ptr(&span.source)).copied();
    problems.0.sort_by_key(|problem| {
        let span = problem.label.as_ref().map(|label| &label.span);
        span.map(|span| (file(span), span.range.start))
    });
    problems.0.dedup();
}

fn in_source_order(mut outputs: IndexMap<String, Output>, config: &Config) -> IndexMap<String, Output> {
    outputs.sort_by_key(|name, _| config.root().outputs.get_index_of(name));
    outputs
}
