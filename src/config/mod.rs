//! Text → blocks with spans. No value is computed here.
//!
//! In comes a directory or one file, and the names of the kinds; out goes a [`Config`] with all modules that are called, or
//! every syntax error and every malformed block of all files together.

mod bodies;
mod build;
mod call;
mod condition;
mod contents;
mod declarations;
mod files;
mod git;
mod heredoc;
mod json;
mod library;
mod load;
mod lock;
mod object;
mod overriding;
mod refactoring;
mod reference;
mod scan;
mod settings;
mod syntax;
pub mod variables;

#[cfg(test)]
mod module_tests;
#[cfg(test)]
mod overriding_tests;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::Body;
use indexmap::IndexMap;

use crate::address::{BlockAddress, Key, ModulePath};
use crate::diagnostic::{Diagnostics, Source, Span};

pub use files::{is_configuration, is_empty_directory, project_name};

/// A configuration: its modules, and what it says of itself.
#[derive(Debug)]
pub struct Config {
    /// The modules; the first is the root. A module stands here once, however often it is called, and never calls itself.
    pub modules: Vec<Module>,
    /// The directory that relative paths start from, as the user wrote it.
    pub root_dir: PathBuf,
    /// The name of the directory, or the stem of the one file: the project's name unless the `wharf` block gives one.
    pub default_project: String,
    /// The `wharf` block.
    pub wharf: Wharf,
    /// The `engine` block without a label.
    pub engine: Engine,
    /// What is wrong with the blocks, errors too: what can be evaluated still is, so that all problems come together.
    pub problems: Diagnostics,
}

/// A module: blocks in source order, each with its address, its place and its unevaluated body.
#[derive(Debug)]
pub struct Module {
    /// Where its files are, relative to the root module's directory; `.` for the root itself.
    pub dir: PathBuf,
    /// The files, sorted by name.
    pub sources: Vec<Arc<Source>>,
    /// Which versions of wharf the module is for, if it is called by another one; the root module's `wharf` block says it.
    pub required_version: Option<Expr>,
    /// The `variable` blocks by name.
    pub variables: IndexMap<String, Variable>,
    /// The entries of the `locals` blocks by name.
    pub locals: IndexMap<String, Local>,
    /// The `output` blocks by name.
    pub outputs: IndexMap<String, Output>,
    /// The `module` blocks by name.
    pub calls: IndexMap<String, Call>,
    /// The `check` blocks by name.
    pub checks: IndexMap<String, Check>,
    /// The `moved` blocks.
    pub moved: Vec<Moved>,
    /// The `removed` blocks.
    pub removed: Vec<Removed>,
    /// The blocks of kinds, and the `data` blocks.
    pub blocks: IndexMap<BlockAddress, Block>,
}

/// The files of a module, as they were read.
#[derive(Clone, Debug)]
pub struct ModuleFiles {
    /// Where they are, relative to the root module's directory.
    pub dir: PathBuf,
    /// The files, sorted by name.
    pub sources: Vec<Arc<Source>>,
    /// Which modules its `module` blocks call: their positions, by the blocks' names.
    pub calls: BTreeMap<String, usize>,
}

impl Config {
    /// Returns the module that everything begins with.
    pub fn root(&self) -> &Module {
        &self.modules[0]
    }

    /// Returns all files: those of the root module first.
    pub fn sources(&self) -> impl Iterator<Item = &Arc<Source>> {
        self.modules.iter().flat_map(|module| &module.sources)
    }

    /// Returns the files of each module, from which [`parse`] makes the same configuration again.
    pub fn files(&self) -> Vec<ModuleFiles> {
        let calls = |module: &Module| {
            let found = module.calls.iter();
            found
                .filter_map(|(name, call)| Some((name.clone(), call.module?)))
                .collect()
        };
        self.modules
            .iter()
            .map(|module| ModuleFiles {
                dir: module.dir.clone(),
                sources: module.sources.clone(),
                calls: calls(module),
            })
            .collect()
    }
}

impl ModuleFiles {
    /// Makes a root module that calls no others.
    pub fn alone(sources: Vec<Arc<Source>>) -> Vec<Self> {
        vec![Self {
            dir: PathBuf::from("."),
            sources,
            calls: BTreeMap::new(),
        }]
    }
}

/// The names that may stand as block types.
#[derive(Clone, Copy, Debug)]
pub struct KindNames<'a> {
    /// Kinds that declare an object, such as `container`.
    pub managed: &'a [&'a str],
    /// Kinds that a `data` block can read.
    pub data: &'a [&'a str],
    /// Tells whether a name is a nested block, and no argument, in blocks of a path of types such as `["container"]`.
    pub is_block: fn(path: &[&str], name: &str) -> bool,
}

/// An expression with the file that it stands in.
#[derive(Clone)]
pub struct Expr {
    /// The file.
    pub source: Arc<Source>,
    /// The syntax tree; its spans are byte offsets into the file's text.
    pub expression: Expression,
}

impl Expr {
    /// Returns where it stands.
    pub fn span(&self) -> Span {
        span_of(&self.source, &self.expression)
    }
}

/// Shows the place alone: literals may be secrets.
impl fmt::Debug for Expr {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Expr({:?})", self.span())
    }
}

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

/// Loads a directory (all its configuration files are one module) or a single file, and the modules that are called.
///
/// # Errors
/// Files that cannot be read, or files with syntax errors: then every syntax error and malformed block of all files.
pub fn load(path: &Path, kinds: KindNames<'_>) -> Result<Config, Diagnostics> {
    let (sources, root_dir) = files::read(path)?;
    let mut library = library::Disk::new(&root_dir);
    let loaded = load::modules(sources, kinds, &mut library);
    library.finish()?;
    let (modules, settings, problems) = loaded?;
    Ok(Config {
        modules,
        root_dir,
        default_project: project_name(path),
        wharf: settings.wharf,
        engine: settings.engine,
        problems,
    })
}

/// Makes a configuration of files that have been read; the first are those of the root module.
///
/// # Errors
/// There are syntax errors: every one of them, and every malformed block, of all files.
pub fn parse(
    files: Vec<ModuleFiles>,
    root_dir: PathBuf,
    default_project: String,
    kinds: KindNames<'_>,
) -> Result<Config, Diagnostics> {
    let sources = files.first().map(|root| root.sources.clone()).unwrap_or_default();
    let mut library = library::Kept::new(files);
    let (modules, settings, problems) = load::modules(sources, kinds, &mut library)?;
    Ok(Config {
        modules,
        root_dir,
        default_project,
        wharf: settings.wharf,
        engine: settings.engine,
        problems,
    })
}

/// Parses an expression that stands alone, such as the text given for a variable.
///
/// # Errors
/// The text is not an expression.
pub fn parse_expression(source: &Arc<Source>) -> Result<Expr, Diagnostics> {
    syntax::expression(source)
}

/// Parses a text into the tree of its arguments and blocks, whatever they are.
///
/// # Errors
/// All syntax errors of the text.
pub fn parse_tree(source: &Arc<Source>) -> Result<Body, Diagnostics> {
    syntax::parse(source)
}

/// Checks whether the text of a file is a configuration at all, whatever its blocks are.
///
/// # Errors
/// All its syntax errors.
pub fn check_syntax(source: &Arc<Source>) -> Result<(), Diagnostics> {
    syntax::check(source)
}

/// Returns where a piece of the syntax tree stands.
pub fn span_of(source: &Arc<Source>, piece: &impl hcl_edit::Span) -> Span {
    // The parser gives every piece that is asked for here a span; only trees made by hand have none.
    Span::new(source, piece.span().unwrap_or(0..0))
}

/// Returns where a block's header stands: its type and labels.
pub fn header_span(source: &Arc<Source>, block: &hcl_edit::structure::Block) -> Span {
    let start = block.ident.span().unwrap_or(0..0);
    let end = block
        .labels
        .last()
        .and_then(hcl_edit::Span::span)
        .map_or(start.end, |label| label.end);
    Span::new(source, start.start..end)
}
