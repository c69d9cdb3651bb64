//! Blocks + values → the desired graph: `count`, `for_each`, decoding by FIELDS, dependencies, lifecycle.

use indexmap::IndexMap;
use petgraph::graph::DiGraph;

use crate::address::{Address, BlockAddress};
use crate::diagnostic::{Diagnostics, Span};
use crate::kinds::Spec;
use crate::value::{Attributes, Value};

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
    /// Instances (with an attribute path, or an empty one for any change) whose change replaces this one.
    pub replace_triggered_by: Vec<(BlockAddress, Option<crate::address::Key>, String)>,
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
    fn attributes(&mut self, instance: &Instance) -> Attributes;
}
