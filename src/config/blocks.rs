//! What stands in a module, as it is written: each block with its place, its arguments unevaluated.

use std::fmt;
use std::sync::Arc;

use hcl_edit::structure::Body;
use indexmap::IndexMap;

use super::Expr;
use crate::address::{BlockAddress, Key, ModulePath};
use crate::diagnostic::{Source, Span};

/// The `wharf` block.
#[derive(Debug, Default)]
pub struct Wharf {
    /// Which versions of wharf the configuration is for.
    pub required_version: Option<Expr>,
    /// The project's name.
    pub project: Option<Expr>,
    /// The path of the `state "local"` block.
    pub state_path: Option<Expr>,
}

/// The `engine` block without a label.
#[derive(Debug, Default)]
pub struct Engine {
    /// Where the engine listens.
    pub host: Option<Expr>,
}

/// A `variable` block.
#[derive(Debug)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The block's header.
    pub span: Span,
    /// The type constraint.
    pub ty: Option<Expr>,
    /// The value if none is given.
    pub default: Option<Expr>,
    /// What it is for.
    pub description: Option<Expr>,
    /// Whether its value must not be shown.
    pub sensitive: bool,
    /// Whether it may be null.
    pub nullable: bool,
    /// Whether its value, and what is made from it, is never kept.
    pub ephemeral: bool,
    /// What its value must satisfy.
    pub validations: Vec<Condition>,
}

/// A `validation`, `precondition`, `postcondition` or `assert` block.
#[derive(Debug)]
pub struct Condition {
    /// What must be true.
    pub condition: Expr,
    /// What to say if it is not.
    pub error_message: Expr,
}

/// An entry of a `locals` block.
#[derive(Debug)]
pub struct Local {
    /// The name's place.
    pub span: Span,
    /// What it stands for.
    pub value: Expr,
}

/// An `output` block.
#[derive(Debug)]
pub struct Output {
    /// The block's header.
    pub span: Span,
    /// The value.
    pub value: Expr,
    /// What it is for.
    pub description: Option<Expr>,
    /// Whether it must not be shown.
    pub sensitive: bool,
    /// Whether it may be made from what is never kept.
    pub ephemeral: bool,
    /// What must hold before it has a value.
    pub preconditions: Vec<Condition>,
    /// What it waits for.
    pub depends_on: Vec<DependsOn>,
}

/// A `check` block: what does not hold is a warning.
#[derive(Debug)]
pub struct Check {
    /// The block's header.
    pub span: Span,
    /// What is to hold.
    pub asserts: Vec<Condition>,
}

/// A `moved` block: what had one address has another one now.
#[derive(Debug)]
pub struct Moved {
    /// The block's header.
    pub span: Span,
    /// What it was.
    pub from: Endpoint,
    /// What it is now.
    pub to: Endpoint,
}

/// A `removed` block: what is no longer declared.
#[derive(Debug)]
pub struct Removed {
    /// The block's header.
    pub span: Span,
    /// What it was, with all its instances.
    pub from: Endpoint,
    /// Whether it is taken away; else it is let go of.
    pub destroy: bool,
}

/// An `import` block: what is on the engine becomes an instance.
#[derive(Debug)]
pub struct Import {
    /// The block's header.
    pub span: Span,
    /// Which instance.
    pub to: ImportTarget,
    /// The object: its name, its id, or the beginning of that.
    pub id: Expr,
    /// One import for each element.
    pub for_each: Option<Expr>,
}

/// An instance whose keys may have to be evaluated.
#[derive(Debug)]
pub struct ImportTarget {
    /// The calls on the way, each with its key.
    pub module: Vec<(String, Option<Expr>)>,
    /// The block.
    pub block: BlockAddress,
    /// The key of the instance.
    pub key: Option<Expr>,
    /// Where it stands.
    pub span: Span,
}

/// A block, one of its instances, or a module, as seen from the module that names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// The calls on the way.
    pub module: ModulePath,
    /// The block in the module, and its instance if one is named; `None` for the module itself.
    pub object: Option<(BlockAddress, Option<Key>)>,
    /// Where it stands.
    pub span: Span,
}

impl Endpoint {
    /// Returns the key of the instance that it names, if it names one.
    pub fn key(&self) -> Option<&Key> {
        match &self.object {
            Some((_, key)) => key.as_ref(),
            None => self.module.0.last()?.key.as_ref(),
        }
    }
}

/// Writes it as the user would.
impl fmt::Display for Endpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.object {
            Some((block, key)) => write!(formatter, "{}", self.module.instance(block, key.clone())),
            None => write!(formatter, "{}", self.module),
        }
    }
}

/// A `module` block.
#[derive(Debug)]
pub struct Call {
    /// The name.
    pub name: String,
    /// The block's header.
    pub span: Span,
    /// Where the module is, as it is written, with its place; `None` if that is missing or wrong.
    pub source: Option<(String, Span)>,
    /// The position of the called module in the configuration; `None` if it cannot be loaded, which has been reported.
    pub module: Option<usize>,
    /// `count` or `for_each`.
    pub repetition: Repetition,
    /// What everything in the module waits for.
    pub depends_on: Vec<DependsOn>,
    /// The values of the module's variables.
    pub arguments: IndexMap<String, Argument>,
}

/// A value that a `module` block gives to a variable.
#[derive(Debug)]
pub struct Argument {
    /// The name's place.
    pub span: Span,
    /// The value.
    pub value: Expr,
}

/// An element of `depends_on`.
#[derive(Clone, Debug)]
pub enum DependsOn {
    /// A variable or a local value: what it is made from is waited for.
    Value(Expr),
    /// A block, or one of its instances.
    Block(Reference),
    /// Everything in a module.
    Module {
        /// The name of the `module` block.
        name: String,
        /// Where it stands.
        span: Span,
    },
}

/// A block of a kind, or a `data` block.
pub struct Block {
    /// Its address.
    pub address: BlockAddress,
    /// The file.
    pub source: Arc<Source>,
    /// The block's header.
    pub span: Span,
    /// `count` or `for_each`.
    pub repetition: Repetition,
    /// `depends_on`.
    pub depends_on: Vec<DependsOn>,
    /// The `lifecycle` block.
    pub lifecycle: Lifecycle,
    /// Whether it stands in a `check` block.
    pub in_check: bool,
    /// Everything else.
    pub body: Body,
}

/// Shows address and place alone: literals may be secrets.
impl fmt::Debug for Block {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Block({} at {:?})", self.address, self.span)
    }
}

/// How many instances a block has.
#[derive(Debug, Default)]
pub enum Repetition {
    /// One, without a key.
    #[default]
    None,
    /// As many as `count` says.
    Count(Expr),
    /// One for each element.
    ForEach(Expr),
    /// One without a key, or none at all: `enabled` of the `lifecycle` block says which.
    Enabled(Expr),
}

/// The `lifecycle` block.
#[derive(Debug, Default)]
pub struct Lifecycle {
    /// `create_before_destroy = true`, or `replace = "start_first"`.
    pub start_first: bool,
    /// Whether destroying it is an error.
    pub prevent_destroy: Option<Expr>,
    /// Attributes whose changes are not looked at.
    pub ignore_changes: IgnoreChanges,
    /// What must hold before anything is done with an instance.
    pub preconditions: Vec<Condition>,
    /// What must hold of an instance when everything is done.
    pub postconditions: Vec<Condition>,
    /// What replaces this block's instances when it changes.
    pub replace_triggered_by: Vec<Reference>,
}

/// Attributes whose changes are not looked at.
#[derive(Debug, Default)]
pub struct IgnoreChanges {
    /// Those that are named, as paths with their places; all of them is a single `*`.
    pub paths: Vec<(String, Span)>,
    /// Expressions that give paths, or lists of paths.
    pub computed: Vec<Expr>,
}

/// A reference that can be read without evaluating anything, such as `container.web[0].name`.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The block.
    pub block: BlockAddress,
    /// The instance, if one is named.
    pub key: Option<Key>,
    /// What follows, as an attribute path such as `port[0].host`; may be empty.
    pub path: String,
    /// Where it stands.
    pub span: Span,
}
