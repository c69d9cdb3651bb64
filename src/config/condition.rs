//! Conditions: `validation`, `precondition`, `postcondition` and `assert` blocks, and the `check` blocks that hold asserts.

use std::sync::Arc;

use hcl_edit::structure::{Block, Body};

use super::contents::{Contents, refuse_labels};
use super::{Check, Condition, header_span};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};

/// Reads the blocks of a type as conditions.
pub(super) fn conditions(
    contents: &mut Contents<'_>,
    name: &'static str,
    problems: &mut Diagnostics,
) -> Vec<Condition> {
    let source = Arc::clone(contents.source);
    contents
        .take_blocks(name)
        .into_iter()
        .filter_map(|block| condition(&source, block, problems))
        .collect()
}

fn condition(source: &Arc<Source>, block: Block, problems: &mut Diagnostics) -> Option<Condition> {
    let what = match block.ident.as_str() {
        "validation" => "A `validation` block",
        "precondition" => "A `precondition` block",
        "postcondition" => "A `postcondition` block",
        _ => "An `assert` block",
    };
    refuse_labels(source, &block, problems);
    let mut contents = Contents::new(source, header_span(source, &block), what, block.body);
    let condition = contents.require("condition", problems);
    let error_message = contents.require("error_message", problems);
    contents.finish(problems);
    Some(Condition {
        condition: condition?,
        error_message: error_message?,
    })
}

/// Reads a `check` block; gives back its `data` block as well, if it has one.
pub(super) fn check(
    source: &Arc<Source>,
    span: Span,
    body: Body,
    problems: &mut Diagnostics,
) -> (Check, Option<Block>) {
    let mut contents = Contents::new(source, span.clone(), "A `check` block", body);
    let data = contents.take_block("data", problems);
    let is_empty = !contents.has_block("assert");
    let check = Check {
        asserts: conditions(&mut contents, "assert", problems),
        span: span.clone(),
    };
    contents.finish(problems);
    if is_empty {
        problems.push(
            Diagnostic::error("Missing block")
                .detail("A `check` block needs at least one `assert` block.")
                .at(span, "checks nothing")
                .help("Write `assert { condition = … error_message = … }`."),
        );
    }
    (check, data)
}
