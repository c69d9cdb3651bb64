//! Override files: what stands in them replaces parts of what the other files declare.
//!
//! In come the files of a configuration, those that override last; out goes one body, as if it had been written so. Arguments are
//! replaced one by one, nested blocks by their type, and the `lifecycle` block argument by argument.

use std::collections::HashMap;
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::structure::{Attribute, Block, BlockLabel, Body, Structure};

use super::contents::suggestion;
use super::{header_span, span_of, syntax};
use crate::diagnostic::{Composer, Diagnostic, Diagnostics, Source};

/// Blocks that can only be added, never changed.
const FIXED: &[&str] = &["check", "import", "moved", "removed"];
/// Blocks that need not be there before.
const OPTIONAL: &[&str] = &["wharf", "engine"];

/// Makes one body of all files.
///
/// # Errors
/// What cannot stand in one body.
pub(super) fn merge(
    primary: &[Arc<Source>],
    overriding: &[Arc<Source>],
    problems: &mut Diagnostics,
) -> Option<(Arc<Source>, Body)> {
    // Places are offsets into one text, so everything that is to stand in one block must come from one.
    let mut composer = Composer::default();
    let mut primary_length = 0;
    for (at, source) in primary.iter().chain(overriding).enumerate() {
        composer.source(source);
        composer.filler("\n");
        primary_length += if at < primary.len() {
            source.text.len() + 1
        } else {
            0
        };
    }
    let path = primary
        .first()
        .map(|source| source.path.clone())
        .unwrap_or_default();
    let source = composer.finish(path);
    let body = problems.note(syntax::parse(&source))?;
    let (mut base, mut changes) = (Vec::new(), Vec::new());
    for structure in body {
        let start = match &structure {
            Structure::Block(block) => block.ident.span(),
            Structure::Attribute(attribute) => attribute.key.span(),
        };
        match structure {
            Structure::Block(block) if start.is_some_and(|span| span.start >= primary_length) => {
                changes.push(block);
            }
            other => base.push(other),
        }
    }
    let mut merger = Merger::new(&source, base);
    for block in changes {
        merger.block(block, problems);
    }
    let body = merger.base.into_iter().collect();
    Some((source, body))
}

/// The name of a block: its type and labels.
type Name = (String, Vec<String>);

struct Merger<'a> {
    source: &'a Arc<Source>,
    base: Vec<Structure>,
    blocks: HashMap<Name, usize>,
    locals: HashMap<String, usize>,
}

impl<'a> Merger<'a> {
    fn new(source: &'a Arc<Source>, base: Vec<Structure>) -> Self {
        let (mut blocks, mut locals) = (HashMap::new(), HashMap::new());
        for (at, structure) in base.iter().enumerate() {
            let Structure::Block(block) = structure else {
                continue;
            };
            if block.ident.as_str() == "locals" {
                let names = block.body.attributes().map(|it| it.key.as_str().to_owned());
                locals.extend(names.map(|name| (name, at)));
            } else {
                blocks.entry(name(block)).or_insert(at);
            }
        }
        Self {
            source,
            base,
            blocks,
            locals,
        }
    }

    fn block(&mut self, block: Block, problems: &mut Diagnostics) {
        let kind = block.ident.as_str();
        if FIXED.contains(&kind) {
            problems.push(
                Diagnostic::error("Block in an override file")
                    .detail(format!(
                        "A `{kind}` block is not changed by override files, nor added by them."
                    ))
                    .at(header_span(self.source, &block), "cannot stand here")
                    .help("Put it into an ordinary file."),
            );
            return;
        }
        if kind == "locals" {
            return self.local_values(block, problems);
        }
        match self.blocks.get(&name(&block)).map(|at| &mut self.base[*at]) {
            Some(Structure::Block(base)) => Changes {
                source: self.source,
                problems,
            }
            .block(base, block),
            _ if OPTIONAL.contains(&kind) => {
                self.blocks.insert(name(&block), self.base.len());
                self.base.push(block.into());
            }
            _ => problems.push(self.nothing_to_override(&block)),
        }
    }

    fn local_values(&mut self, block: Block, problems: &mut Diagnostics) {
        for structure in block.body {
            let attribute = match structure.into_attribute() {
                Ok(attribute) => attribute,
                Err(other) => {
                    // Reading the block tells what is wrong.
                    self.base.push(other);
                    continue;
                }
            };
            let name = attribute.key.as_str();
            match self.locals.get(name).map(|at| &mut self.base[*at]) {
                Some(Structure::Block(base)) => replace(&mut base.body, attribute),
                _ => {
                    let known: Vec<&str> = self.locals.keys().map(String::as_str).collect();
                    problems.push(
                        Diagnostic::error("Nothing to override")
                            .detail(format!("No other file has a local value `{name}`."))
                            .at(span_of(self.source, &attribute.key), "not declared elsewhere")
                            .help(suggestion(name, &sorted(known))),
                    );
                }
            }
        }
    }

    fn nothing_to_override(&self, block: &Block) -> Diagnostic {
        let (kind, labels) = name(block);
        let same_kind = self
            .blocks
            .keys()
            .filter(|(known, other)| *known == kind && other.len() == labels.len());
        let known = same_kind
            .filter_map(|(_, labels)| Some(labels.last()?.as_str()))
            .collect();
        let wrong = labels.last().map_or("", String::as_str);
        Diagnostic::error("Nothing to override")
            .detail(format!(
                "An override file changes blocks of other files, and no other file has this `{kind}` block."
            ))
            .at(header_span(self.source, block), "not declared elsewhere")
            .help(suggestion(wrong, &sorted(known)))
    }
}

fn sorted(mut names: Vec<&str>) -> Vec<&str> {
    names.sort_unstable();
    names.dedup();
    names
}

/// What an override file changes of a block.
struct Changes<'a> {
    source: &'a Arc<Source>,
    problems: &'a mut Diagnostics,
}

impl Changes<'_> {
    fn block(&mut self, base: &mut Block, change: Block) {
        let mut blocks = Vec::new();
        for structure in change.body {
            match structure {
                Structure::Attribute(attribute) => self.argument(&mut base.body, attribute),
                Structure::Block(block) => blocks.push(block),
            }
        }
        // All blocks of a type give way, however many there are.
        let replaced: Vec<String> = blocks.iter().filter_map(replaces).map(str::to_owned).collect();
        let given_way = |structure: &Structure| {
            let replaces = structure.as_block().and_then(replaces);
            replaces.is_some_and(|kind| replaced.iter().any(|replaced| replaced == kind))
        };
        base.body = std::mem::take(&mut base.body)
            .into_iter()
            .filter(|structure| !given_way(structure))
            .collect();
        for block in blocks {
            match block.ident.as_str() {
                "validation" | "precondition" | "postcondition" => self.fixed(&block),
                "lifecycle" => self.lifecycle(&mut base.body, block),
                _ => base.body.push(block),
            }
        }
    }

    fn argument(&mut self, base: &mut Body, attribute: Attribute) {
        if attribute.key.as_str() == "depends_on" {
            let is_empty = attribute
                .value
                .as_array()
                .is_some_and(hcl_edit::expr::Array::is_empty);
            if is_empty {
                return;
            }
            self.problems.push(
                Diagnostic::error("`depends_on` in an override file")
                    .detail("What a block waits for is not changed by override files.")
                    .at(span_of(self.source, &attribute.key), "cannot stand here"),
            );
            return;
        }
        replace(base, attribute);
    }

    fn lifecycle(&mut self, base: &mut Body, change: Block) {
        let mut known = base.remove_blocks("lifecycle").into_iter();
        let mut first = known.next().unwrap_or_else(|| Block::new(change.ident.clone()));
        self.block(&mut first, change);
        // A second one is a mistake that is told when the block is read.
        for block in std::iter::once(first).chain(known) {
            base.push(block);
        }
    }

    fn fixed(&mut self, block: &Block) {
        let kind = block.ident.as_str();
        self.problems.push(
            Diagnostic::error("Condition in an override file")
                .detail(format!(
                    "A `{kind}` block is not changed by override files, nor added by them."
                ))
                .at(header_span(self.source, block), "cannot stand here"),
        );
    }
}

/// Returns the type of the blocks that a block replaces; `dynamic` ones stand for those that they generate.
fn replaces(block: &Block) -> Option<&str> {
    match block.ident.as_str() {
        "lifecycle" | "validation" | "precondition" | "postcondition" => None,
        "dynamic" => block.labels.first().map(BlockLabel::as_str),
        kind => Some(kind),
    }
}

fn replace(body: &mut Body, attribute: Attribute) {
    body.remove_attribute(attribute.key.as_str());
    body.push(attribute);
}

fn name(block: &Block) -> Name {
    let labels = block.labels.iter().map(|label| label.as_str().to_owned());
    (block.ident.as_str().to_owned(), labels.collect())
}
