//! Taking a block apart: what is known is taken out, and what is left is reported.

use std::sync::Arc;

use hcl_edit::structure::{Attribute, Block, Body};

use super::{Expr, header_span, span_of};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span, did_you_mean};

/// What stands in a block, as far as it has not been taken yet.
pub(super) struct Contents<'a> {
    /// The file.
    pub(super) source: &'a Arc<Source>,
    /// The block's header.
    pub(super) header: Span,
    /// What to call the block, such as `A \`variable\` block`.
    what: &'static str,
    body: Body,
    arguments: Vec<&'static str>,
    blocks: Vec<&'static str>,
}

/// Reports the labels of a nested block that has none.
pub(super) fn refuse_labels(source: &Arc<Source>, block: &Block, problems: &mut Diagnostics) {
    let Some(label) = block.labels.first() else {
        return;
    };
    let name = block.ident.as_str();
    problems.push(
        Diagnostic::error("Wrong number of labels")
            .detail(format!("A `{name}` block has no labels."))
            .at(span_of(source, label), "not expected here")
            .help(format!("Write `{name} {{ … }}`.")),
    );
}

impl<'a> Contents<'a> {
    /// Begins with everything.
    pub(super) fn new(source: &'a Arc<Source>, header: Span, what: &'static str, body: Body) -> Self {
        Self {
            source,
            header,
            what,
            body,
            arguments: Vec::new(),
            blocks: Vec::new(),
        }
    }

    /// Takes an argument.
    pub(super) fn take(&mut self, name: &'static str) -> Option<Expr> {
        self.arguments.push(name);
        self.body.remove_attribute(name).map(|attribute| Expr {
            source: Arc::clone(self.source),
            expression: attribute.value,
        })
    }

    /// Takes an argument that must be there.
    pub(super) fn require(&mut self, name: &'static str, problems: &mut Diagnostics) -> Option<Expr> {
        let taken = self.take(name);
        if taken.is_none() {
            problems.push(
                Diagnostic::error("Missing argument")
                    .detail(format!("{} needs `{name}`.", self.what))
                    .at(self.header.clone(), format!("`{name}` is missing here")),
            );
        }
        taken
    }

    /// Takes an argument that is `true` or `false`, written as such.
    pub(super) fn take_bool(&mut self, name: &'static str, problems: &mut Diagnostics) -> Option<bool> {
        literal_bool(name, &self.take(name)?, problems)
    }

    /// Tells whether there is a nested block of a type.
    pub(super) fn has_block(&self, name: &str) -> bool {
        self.body.has_blocks(name)
    }

    /// Takes the nested blocks of a type.
    pub(super) fn take_blocks(&mut self, name: &'static str) -> Vec<Block> {
        self.blocks.push(name);
        self.body.remove_blocks(name)
    }

    /// Takes a nested block that may stand once.
    pub(super) fn take_block(&mut self, name: &'static str, problems: &mut Diagnostics) -> Option<Block> {
        let mut blocks = self.take_blocks(name).into_iter();
        let first = blocks.next()?;
        for again in blocks {
            problems.push(
                Diagnostic::error("Repeated block")
                    .detail(format!("`{name}` may stand once in a block."))
                    .at(header_span(self.source, &again), "stands again here")
                    .related(header_span(self.source, &first), "the first one"),
            );
        }
        Some(first)
    }

    /// Gives back what has not been taken.
    pub(super) fn rest(self) -> Body {
        self.body
    }

    /// Reports what has not been taken.
    pub(super) fn finish(self, problems: &mut Diagnostics) {
        for attribute in self.body.attributes() {
            problems.push(self.unknown_argument(attribute));
        }
        for block in self.body.blocks() {
            problems.push(self.unknown_block(block));
        }
    }

    fn unknown_argument(&self, attribute: &Attribute) -> Diagnostic {
        let name = attribute.key.as_str();
        let diagnostic = Diagnostic::error("Unknown argument")
            .detail(format!("{} has no argument `{name}`.", self.what))
            .at(span_of(self.source, &attribute.key), "not known here");
        if self.blocks.contains(&name) {
            return diagnostic.help(format!("`{name}` is a block: write `{name} {{ … }}`."));
        }
        diagnostic.help(suggestion(name, &self.arguments))
    }

    fn unknown_block(&self, block: &Block) -> Diagnostic {
        let name = block.ident.as_str();
        let diagnostic = Diagnostic::error("Unknown block")
            .detail(format!("{} has no block `{name}`.", self.what))
            .at(header_span(self.source, block), "not known here");
        if self.arguments.contains(&name) {
            return diagnostic.help(format!("`{name}` is an argument: write `{name} = …`."));
        }
        diagnostic.help(suggestion(name, &self.blocks))
    }
}

/// Reads an argument that is `true` or `false`, written as such.
fn literal_bool(name: &str, argument: &Expr, problems: &mut Diagnostics) -> Option<bool> {
    let value = match argument.expression.as_str() {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => argument.expression.as_bool(),
    };
    if value.is_none() {
        problems.push(
            Diagnostic::error("Not a literal")
                .detail(format!(
                    "`{name}` is looked at before anything is evaluated, so it must be `true` or `false`."
                ))
                .at(argument.span(), "neither `true` nor `false`"),
        );
    }
    value
}

/// Says what was probably meant, or else what there is.
pub(super) fn suggestion(wrong: &str, known: &[&str]) -> String {
    match did_you_mean(wrong, known.iter().copied()) {
        Some(meant) => format!("Did you mean `{meant}`?"),
        None if known.is_empty() => String::new(),
        None => {
            let list: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            format!("There is: {}.", list.join(", "))
        }
    }
}
