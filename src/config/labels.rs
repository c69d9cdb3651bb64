//! What a syntax tree does not tell of labels: a quoted one may go over line ends there, and may not in the language.

use std::sync::Arc;

use hcl_edit::structure::Body;

use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};

/// Finds the labels that go over several lines.
pub(super) fn problems(source: &Arc<Source>, body: &Body) -> Diagnostics {
    let mut problems = Diagnostics::default();
    let mut open = vec![body];
    while let Some(body) = open.pop() {
        for block in body.blocks() {
            let spans = block.labels.iter().filter_map(hcl_edit::Span::span);
            let broken =
                spans.filter(|range| source.text.get(range.clone()).is_some_and(|it| it.contains('\n')));
            problems.extend(broken.map(|range| over_lines(Span::new(source, range))));
            open.push(&block.body);
        }
    }
    problems
}

fn over_lines(span: Span) -> Diagnostic {
    Diagnostic::error("Line end in a quoted label")
        .detail("A label in quotes must end on the line on which it begins.")
        .at(span, "goes over several lines")
        .help("Close it with `\"` on the same line.")
}
