//! Top-level blocks → [`Module`]: each is recognised, named, and filed under its name; what is there twice is reported.

use std::path::PathBuf;
use std::sync::Arc;

use hcl_edit::structure::{Block as Syntax, Body, Structure};
use indexmap::IndexMap;
use indexmap::map::Entry;

use super::contents::suggestion;
use super::{
    Block, Call, Check, Engine, Import, KindNames, Local, Module, Moved, Output, Removed, Variable, Wharf,
};
use super::{call, condition, declarations, header_span, import, object, refactoring, settings, span_of};
use crate::address::BlockAddress;
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};

/// What users of Terraform may look for, and what there is no counterpart of.
const NOT_YET: &[&str] = &["ephemeral"];

const SETTINGS: &[&str] = &[
    "wharf", "engine", "variable", "locals", "output", "module", "data", "check", "moved", "removed",
    "import",
];

pub(super) struct Builder<'a> {
    kinds: KindNames<'a>,
    wharf: Option<(Wharf, Span)>,
    engine: Option<(Engine, Span)>,
    variables: IndexMap<String, Variable>,
    locals: IndexMap<String, Local>,
    outputs: IndexMap<String, Output>,
    calls: IndexMap<String, Call>,
    checks: IndexMap<String, Check>,
    moved: Vec<Moved>,
    removed: Vec<Removed>,
    imports: Vec<Import>,
    blocks: IndexMap<BlockAddress, Block>,
}

/// What the files of a module hold: the module, and what only a root module may say, with its place.
pub(super) struct Built {
    pub(super) module: Module,
    pub(super) wharf: Option<(Wharf, Span)>,
    pub(super) engine: Option<(Engine, Span)>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(kinds: KindNames<'a>) -> Self {
        Self {
            kinds,
            wharf: None,
            engine: None,
            variables: IndexMap::new(),
            locals: IndexMap::new(),
            outputs: IndexMap::new(),
            calls: IndexMap::new(),
            checks: IndexMap::new(),
            moved: Vec::new(),
            removed: Vec::new(),
            imports: Vec::new(),
            blocks: IndexMap::new(),
        }
    }

    /// Files every block of every file.
    pub(super) fn build(mut self, bodies: Vec<(Arc<Source>, Body)>, problems: &mut Diagnostics) -> Built {
        for (source, body) in bodies {
            for structure in body {
                match structure {
                    Structure::Block(block) => self.block(&source, block, problems),
                    Structure::Attribute(attribute) => problems.push(
                        Diagnostic::error("Argument outside of a block")
                            .detail("At the top level of a file there are only blocks.")
                            .at(span_of(&source, &attribute.key), "stands in no block")
                            .help("Values that are used in several places go into a `locals` block."),
                    ),
                }
            }
        }
        Built {
            module: Module {
                dir: PathBuf::new(),
                sources: Vec::new(),
                required_version: None,
                variables: self.variables,
                locals: self.locals,
                outputs: self.outputs,
                calls: self.calls,
                checks: self.checks,
                moved: self.moved,
                removed: self.removed,
                imports: self.imports,
                blocks: self.blocks,
            },
            wharf: self.wharf,
            engine: self.engine,
        }
    }

    fn block(&mut self, source: &Arc<Source>, block: Syntax, problems: &mut Diagnostics) {
        let span = header_span(source, &block);
        let names = block_labels(&block);
        let kind = block.ident.as_str().to_owned();
        match kind.as_str() {
            "wharf" => {
                if let Some([]) = expect(&kind, &names, &[], &span, problems) {
                    let wharf = settings::wharf(source, span.clone(), block.body, problems);
                    once(&mut self.wharf, wharf, "wharf", &span, problems);
                }
            }
            "engine" => self.engine(source, span, &names, block.body, problems),
            "variable" => {
                if let Some([name]) = expect(&kind, &names, &["name"], &span, problems) {
                    let variable = declarations::variable(source, span.clone(), name, block.body, problems);
                    let found = (name.clone(), variable);
                    file(
                        &mut self.variables,
                        found,
                        "variable",
                        &span,
                        |v| &v.span,
                        problems,
                    );
                }
            }
            "locals" => {
                if let Some([]) = expect(&kind, &names, &[], &span, problems) {
                    for (name, local) in declarations::locals(source, span, block.body, problems) {
                        let at = local.span.clone();
                        file(
                            &mut self.locals,
                            (name, local),
                            "local value",
                            &at,
                            |l| &l.span,
                            problems,
                        );
                    }
                }
            }
            "output" => {
                if let Some([name]) = expect(&kind, &names, &["name"], &span, problems)
                    && let Some(output) = declarations::output(source, span.clone(), block.body, problems)
                {
                    let found = (name.clone(), output);
                    file(&mut self.outputs, found, "output", &span, |o| &o.span, problems);
                }
            }
            "module" => {
                if let Some([name]) = expect(&kind, &names, &["name"], &span, problems) {
                    let call = call::call(source, span.clone(), name, block.body, problems);
                    let found = (name.clone(), call);
                    file(&mut self.calls, found, "module", &span, |c| &c.span, problems);
                }
            }
            "check" => {
                if let Some([name]) = expect(&kind, &names, &["name"], &span, problems) {
                    let (check, data) = condition::check(source, span.clone(), block.body, problems);
                    file(
                        &mut self.checks,
                        (name.clone(), check),
                        "check",
                        &span,
                        |c| &c.span,
                        problems,
                    );
                    if let Some(data) = data {
                        let known = self.blocks.len();
                        self.data(source, header_span(source, &data), data, problems);
                        for block in self.blocks.values_mut().skip(known) {
                            block.in_check = true;
                        }
                    }
                }
            }
            "moved" => {
                if let Some([]) = expect(&kind, &names, &[], &span, problems) {
                    let moved = refactoring::moved(source, span, block.body, self.kinds, problems);
                    self.moved.extend(moved);
                }
            }
            "removed" => {
                if let Some([]) = expect(&kind, &names, &[], &span, problems) {
                    let removed = refactoring::removed(source, span, block.body, self.kinds, problems);
                    self.removed.extend(removed);
                }
            }
            "import" => {
                if let Some([]) = expect(&kind, &names, &[], &span, problems) {
                    let import = import::import(source, span, block.body, self.kinds, problems);
                    self.imports.extend(import);
                }
            }
            "data" => self.data(source, span, block, problems),
            _ if self.kinds.managed.contains(&kind.as_str()) => {
                if let Some([name]) = expect(&kind, &names, &["name"], &span, problems) {
                    let address = BlockAddress::new(kind, name.as_str());
                    self.object(source, span, address, block.body, problems);
                }
            }
            _ => problems.push(self.unknown(&kind, span_of(source, &block.ident))),
        }
    }

    fn data(&mut self, source: &Arc<Source>, span: Span, block: Syntax, problems: &mut Diagnostics) {
        let names = block_labels(&block);
        if let Some([kind, name]) = expect("data", &names, &["kind", "name"], &span, problems) {
            if self.kinds.data.contains(&kind.as_str()) {
                let address = BlockAddress::data(kind.as_str(), name.as_str());
                self.object(source, span, address, block.body, problems);
            } else {
                problems.push(self.unknown_data(kind, &block, source));
            }
        }
    }

    fn engine(
        &mut self,
        source: &Arc<Source>,
        span: Span,
        labels: &[String],
        body: Body,
        problems: &mut Diagnostics,
    ) {
        if !labels.is_empty() {
            problems.push(
                Diagnostic::error("Named engines are not supported")
                    .detail("A configuration has one engine, and its block has no label.")
                    .at(span, "has a label")
                    .help("Write `engine { host = … }`, and use one configuration for each host."),
            );
            return;
        }
        let engine = settings::engine(source, span.clone(), body, problems);
        once(&mut self.engine, engine, "engine", &span, problems);
    }

    fn object(
        &mut self,
        source: &Arc<Source>,
        span: Span,
        address: BlockAddress,
        body: Body,
        problems: &mut Diagnostics,
    ) {
        let block = object::object(source, span.clone(), address.clone(), body, problems);
        match self.blocks.entry(address) {
            Entry::Vacant(entry) => {
                entry.insert(block);
            }
            Entry::Occupied(entry) => problems.push(
                Diagnostic::error("Duplicate address")
                    .detail(format!("There are two blocks `{}`.", entry.key()))
                    .at(span, "declared again here")
                    .related(entry.get().span.clone(), "the first one")
                    .help("Give one of them another name."),
            ),
        }
    }

    fn unknown(&self, kind: &str, span: Span) -> Diagnostic {
        let known: Vec<&str> = SETTINGS.iter().chain(self.kinds.managed).copied().collect();
        let diagnostic = Diagnostic::error("Unknown block type")
            .detail(format!("There are no blocks of type `{kind}`."))
            .at(span, "not known");
        match kind {
            "terraform" => diagnostic.help("Did you mean `wharf`?"),
            "resource" => diagnostic
                .help("Kinds are block types of their own: `container \"web\"`, not `resource \"docker_container\" \"web\"`."),
            "provider" => diagnostic.help("Did you mean `engine`?"),
            _ if NOT_YET.contains(&kind) => {
                diagnostic.help("Terraform has such blocks; wharf does not have them yet.")
            }
            _ => diagnostic.help(suggestion(kind, &known)),
        }
    }

    fn unknown_data(&self, kind: &str, block: &Syntax, source: &Arc<Source>) -> Diagnostic {
        let span = block.labels.first().map(|label| span_of(source, label));
        let diagnostic = Diagnostic::error("Unknown kind")
            .detail(format!("`data` blocks cannot read a `{kind}`."))
            .help(suggestion(kind, self.kinds.data));
        match span {
            Some(span) => diagnostic.at(span, "not known"),
            None => diagnostic,
        }
    }
}

fn block_labels(block: &Syntax) -> Vec<String> {
    block
        .labels
        .iter()
        .map(|label| label.as_str().to_owned())
        .collect()
}

/// Checks the number of labels and that each is a name.
fn expect<'l, const N: usize>(
    kind: &str,
    labels: &'l [String],
    wanted: &[&str; N],
    span: &Span,
    problems: &mut Diagnostics,
) -> Option<&'l [String; N]> {
    let Ok(labels) = <&[String; N]>::try_from(labels) else {
        let form: String = wanted.iter().map(|word| format!(" \"{word}\"")).collect();
        problems.push(
            Diagnostic::error("Wrong number of labels")
                .detail(format!(
                    "A `{kind}` block has {N} label{}, not {}.",
                    if N == 1 { "" } else { "s" },
                    labels.len()
                ))
                .at(span.clone(), "")
                .help(format!("Write `{kind}{form} {{ … }}`.")),
        );
        return None;
    };
    let bad = labels.iter().find(|label| !is_name(label));
    if let Some(label) = bad {
        problems.push(
            Diagnostic::error("Not a name")
                .detail(format!("`{label}` cannot be used as a name in references."))
                .at(span.clone(), "")
                .help("A name begins with a letter or `_`, and goes on with letters, digits, `_` and `-`."),
        );
        return None;
    }
    Some(labels)
}

fn is_name(text: &str) -> bool {
    hcl_edit::Ident::try_new(text).is_ok()
}

/// Files something that may be there once in all files.
fn once<T>(place: &mut Option<(T, Span)>, found: T, what: &str, span: &Span, problems: &mut Diagnostics) {
    match place {
        None => *place = Some((found, span.clone())),
        Some((_, first)) => problems.push(
            Diagnostic::error("Repeated block")
                .detail(format!("There may be one `{what}` block in all files together."))
                .at(span.clone(), "stands again here")
                .related(first.clone(), "the first one"),
        ),
    }
}

/// Files something under its name.
fn file<T>(
    map: &mut IndexMap<String, T>,
    (name, found): (String, T),
    what: &str,
    span: &Span,
    place: fn(&T) -> &Span,
    problems: &mut Diagnostics,
) {
    match map.entry(name) {
        Entry::Vacant(entry) => {
            entry.insert(found);
        }
        Entry::Occupied(entry) => problems.push(
            Diagnostic::error(format!("Duplicate {what}"))
                .detail(format!("`{}` is declared twice.", entry.key()))
                .at(span.clone(), "declared again here")
                .related(place(entry.get()).clone(), "the first one"),
        ),
    }
}
