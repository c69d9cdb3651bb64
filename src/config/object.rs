//! Blocks of kinds, and `data` blocks: what every kind has alike is taken out, the rest is kept for its FIELDS table.

use std::sync::Arc;

use hcl_edit::structure::{Block as Syntax, Body};

use super::condition::conditions;
use super::contents::{Contents, refuse_labels};
use super::{Block, Expr, IgnoreChanges, Lifecycle, Repetition, header_span, reference};
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
    let repeated = repetition(&mut contents, problems);
    let depends_on = contents
        .take("depends_on")
        .map(|argument| reference::depends_on(&argument, problems))
        .unwrap_or_default();
    let (lifecycle, enabled) = contents
        .take_block("lifecycle", problems)
        .map(|block| lifecycle(source, block, address.data, problems))
        .unwrap_or_default();
    let repetition = match (enabled, repeated) {
        (None, repeated) => repeated,
        (Some(enabled), Repetition::None) => Repetition::Enabled(enabled),
        (Some(enabled), repeated) => {
            problems.push(
                Diagnostic::error("`enabled` in a repeated block")
                    .detail("`count` or `for_each` says how many instances there are, none included.")
                    .at(enabled.span(), "says it again"),
            );
            repeated
        }
    };
    Block {
        address,
        source: Arc::clone(source),
        span,
        repetition,
        depends_on,
        lifecycle,
        in_check: false,
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

/// Reads the `lifecycle` block, and takes `enabled` out of it. A `data` block makes nothing, so nothing can be said of how it
/// comes and goes.
fn lifecycle(
    source: &Arc<Source>,
    block: Syntax,
    data: bool,
    problems: &mut Diagnostics,
) -> (Lifecycle, Option<Expr>) {
    refuse_labels(source, &block, problems);
    let header = header_span(source, &block);
    let what = match data {
        true => "The `lifecycle` of a `data` block",
        false => "A `lifecycle` block",
    };
    let mut contents = Contents::new(source, header, what, block.body);
    let enabled = contents.take("enabled");
    let preconditions = conditions(&mut contents, "precondition", problems);
    let postconditions = conditions(&mut contents, "postcondition", problems);
    if data {
        contents.finish(problems);
        let lifecycle = Lifecycle {
            preconditions,
            postconditions,
            ..Lifecycle::default()
        };
        return (lifecycle, enabled);
    }
    let create_first = contents.take_bool("create_before_destroy", problems);
    let lifecycle = Lifecycle {
        start_first: start_first(create_first, contents.take("replace"), problems),
        prevent_destroy: contents.take("prevent_destroy"),
        ignore_changes: contents
            .take("ignore_changes")
            .map(ignore_changes)
            .unwrap_or_default(),
        preconditions,
        postconditions,
        replace_triggered_by: contents
            .take("replace_triggered_by")
            .map(|argument| reference::list(&argument, problems))
            .unwrap_or_default(),
    };
    contents.finish(problems);
    (lifecycle, enabled)
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

/// The names that expressions begin with; anything else begins with the name of an attribute.
const ROOTS: &[&str] = &[
    "var",
    "local",
    "each",
    "count",
    "module",
    "data",
    "path",
    "wharf",
    "terraform",
];

/// Reads names of attributes as such; anything else is to be evaluated.
fn ignore_changes(argument: Expr) -> IgnoreChanges {
    let all = argument.expression.as_variable();
    if all.is_some_and(|name| name.as_str() == "all") {
        return IgnoreChanges {
            paths: vec![("*".to_owned(), argument.span())],
            computed: Vec::new(),
        };
    }
    let Some(elements) = argument.expression.as_array() else {
        return IgnoreChanges {
            paths: Vec::new(),
            computed: vec![argument],
        };
    };
    let mut ignored = IgnoreChanges::default();
    for element in elements.iter() {
        let named = reference::attribute_path(&argument.source, element);
        match named.filter(|(path, _)| !ROOTS.contains(&path.split(['.', '[']).next().unwrap_or_default())) {
            Some(named) => ignored.paths.push(named),
            None => ignored.computed.push(Expr {
                source: Arc::clone(&argument.source),
                expression: element.clone(),
            }),
        }
    }
    ignored
}
