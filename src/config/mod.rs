//! Text → blocks with spans. No value is computed here.
//!
//! In comes a directory or one file, and the names of the kinds; out goes a [`Config`] with all modules that are called, or
//! every syntax error and every malformed block of all files together.

mod blocks;
mod bodies;
mod build;
mod call;
mod condition;
mod contents;
mod declarations;
mod files;
mod git;
mod heredoc;
mod import;
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
mod strict;
mod syntax;
pub mod variables;

#[cfg(test)]
mod module_tests;
#[cfg(test)]
mod overriding_tests;
#[cfg(test)]
mod syntax_tests;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use indexmap::IndexMap;

use crate::address::BlockAddress;
use crate::diagnostic::{Diagnostics, Source, Span};

pub use blocks::{
    Argument, Block, Call, Check, Condition, DependsOn, Endpoint, Engine, IgnoreChanges, Import,
    ImportTarget, Lifecycle, Local, Moved, Output, Reference, Removed, Repetition, Variable, Wharf,
};
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
    /// The `import` blocks; only the root module has them.
    pub imports: Vec<Import>,
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

/// Parses a text into the tree of its arguments and blocks, whatever they are: tests and fuzz targets compare what texts mean.
///
/// # Errors
/// All syntax errors of the text.
pub fn parse_tree(source: &Arc<Source>) -> Result<hcl_edit::structure::Body, Diagnostics> {
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
