//! Blocks of kinds, and `data` blocks: what every kind has alike is taken out, the rest is kept for its FIELDS table.

use std::sync::Arc;

use hcl_edit::structure::{Block as Syntax, Body};

use super::contents::Contents;
use super::{Block, Expr, Lifecycle, Repetition, header_span, reference};
use crate::address::BlockAddress;
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};

/// Reads a block.
pub(super) fn object(
    source: &Arc<Source>,
    span: Span,
    address: BlockAddress,
    body: Body,
    problems: &mut Diagnostics,
) -> Block {
    let mut contents = Contents::new(source, span.clone(), "The block", body);
    let repetition = repetition(&mut contents, problems);
    let depends_on = contents
        .take("depends_on")
        .map(|argument| reference::depends_on(&argument, problems))
        .unwrap_or_default();
    // A `data` block makes nothing, so nothing can be said of how it comes and goes.
    let lifecycle = match address.data {
        true => None,
        false => contents.take_block("lifecycle", problems),
    };
    Block {
        address,
        source: Arc::clone(source),
        span,
        repetition,
        depends_on,
        lifecycle: lifecycle
            .map(|block| self::lifecycle(source, block, problems))
            .unwrap_or_default(),
        body: contents.rest(),
    }
}

/// Takes `count` and `for_each`.
pub(super) fn repetition(contents: &mut Contents<'_>, problems: &mut Diagnostics) -> Repetition {
    match (contents.take("count"), contents.take("for_each")) {
        (None, None) => Repetition::None,
        (Some(count), None) => Repetition::Count(count),
        (None, Some(for_each)) => Repetition::ForEach(for_each),
        (Some(count), Some(for_each)) => {
            problems.push(
                Diagnostic::error("Both `count` and `for_each`")
                    .detail("A block can be repeated by a number or by the elements of a collection, not by both.")
                    .at(for_each.span(), "`for_each` stands here")
                    .related(count.span(), "and `count` here"),
            );
            Repetition::ForEach(for_each)
        }
    }
}

fn lifecycle(source: &Arc<Source>, block: Syntax, problems: &mut Diagnostics) -> Lifecycle {
    let header = header_span(source, &block);
    let mut contents = Contents::new(source, header, "A `lifecycle` block", block.body);
    let create_first = contents.take_bool("create_before_destroy", problems);
    let lifecycle = Lifecycle {
        start_first: start_first(create_first, contents.take("replace"), problems),
        prevent_destroy: contents.take_bool("prevent_destroy", problems).unwrap_or(false),
        ignore_changes: contents
            .take("ignore_changes")
            .map(|argument| ignore_changes(&argument, problems))
            .unwrap_or_default(),
        replace_triggered_by: contents
            .take("replace_triggered_by")
            .map(|argument| reference::list(&argument, problems))
            .unwrap_or_default(),
    };
    contents.finish(problems);
    lifecycle
}

/// `create_before_destroy` and `replace` say the same thing in two ways.
fn start_first(create_first: Option<bool>, replace: Option<Expr>, problems: &mut Diagnostics) -> bool {
    let Some(replace) = replace else {
        return create_first.unwrap_or(false);
    };
    let start_first = match replace.expression.as_str() {
        Some("start_first") => true,
        Some("stop_first") => false,
        _ => {
            problems.push(
                Diagnostic::error("Unknown order of replacement")
                    .detail("`replace` is `\"start_first\"` or `\"stop_first\"`.")
                    .at(replace.span(), "neither of them"),
            );
            return false;
        }
    };
    if create_first.is_some_and(|create_first| create_first != start_first) {
        problems.push(
            Diagnostic::error("Contradictory order of replacement")
                .detail("`create_before_destroy = true` and `replace = \"start_first\"` mean the same thing.")
                .at(replace.span(), "says the opposite of `create_before_destroy`")
                .help("Keep one of them."),
        );
    }
    start_first
}

fn ignore_changes(argument: &Expr, problems: &mut Diagnostics) -> Vec<(String, Span)> {
    if argument
        .expression
        .as_variable()
        .is_some_and(|name| name.as_str() == "all")
    {
        return vec![("*".to_owned(), argument.span())];
    }
    let Some(elements) = argument.expression.as_array() else {
        problems.push(
            Diagnostic::error("Not a list of attributes")
                .detail("`ignore_changes` is a list of attributes, such as `[env]`, or `all`.")
                .at(argument.span(), "not a list"),
        );
        return Vec::new();
    };
    let mut paths = Vec::new();
    for element in elements.iter() {
        match reference::attribute_path(&argument.source, element) {
            Some(path) => paths.push(path),
            None => problems.push(
                Diagnostic::error("Not an attribute")
                    .detail("Only the name of an attribute, or a path such as `env.TOKEN`, can stand here.")
                    .at(super::span_of(&argument.source, element), "not an attribute"),
            ),
        }
    }
    paths
}
