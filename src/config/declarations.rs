//! `variable`, `locals` and `output` blocks.

use std::sync::Arc;

use hcl_edit::structure::Body;

use super::condition::conditions;
use super::contents::Contents;
use super::{Expr, Local, Output, Variable, reference, span_of};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};

/// Names that are kept for arguments of module calls.
const RESERVED: &[&str] = &[
    "count",
    "depends_on",
    "for_each",
    "lifecycle",
    "locals",
    "providers",
    "source",
    "version",
];

/// Reads a `variable` block.
pub(super) fn variable(
    source: &Arc<Source>,
    span: Span,
    name: &str,
    body: Body,
    problems: &mut Diagnostics,
) -> Variable {
    if RESERVED.contains(&name) {
        problems.push(
            Diagnostic::error("Reserved name")
                .detail(format!(
                    "A variable cannot be called `{name}`: it means something of its own."
                ))
                .at(span.clone(), "choose another name"),
        );
    }
    let mut contents = Contents::new(source, span.clone(), "A `variable` block", body);
    let variable = Variable {
        name: name.to_owned(),
        span,
        ty: contents.take("type"),
        default: contents.take("default"),
        description: contents.take("description"),
        sensitive: contents.take_bool("sensitive", problems).unwrap_or(false),
        nullable: contents.take_bool("nullable", problems).unwrap_or(true),
        ephemeral: contents.take_bool("ephemeral", problems).unwrap_or(false),
        validations: conditions(&mut contents, "validation", problems),
    };
    contents.finish(problems);
    variable
}

/// Reads a `locals` block as names with what they stand for.
pub(super) fn locals(
    source: &Arc<Source>,
    header: Span,
    body: Body,
    problems: &mut Diagnostics,
) -> Vec<(String, Local)> {
    let mut locals = Vec::new();
    let mut rest = Body::new();
    for structure in body {
        match structure.into_attribute() {
            Ok(attribute) => locals.push((
                attribute.key.as_str().to_owned(),
                Local {
                    span: span_of(source, &attribute.key),
                    value: Expr {
                        source: Arc::clone(source),
                        expression: attribute.value,
                    },
                },
            )),
            Err(other) => rest.push(other),
        }
    }
    Contents::new(source, header, "A `locals` block", rest).finish(problems);
    locals
}

/// Reads an `output` block.
pub(super) fn output(
    source: &Arc<Source>,
    span: Span,
    body: Body,
    problems: &mut Diagnostics,
) -> Option<Output> {
    let mut contents = Contents::new(source, span.clone(), "An `output` block", body);
    let value = contents.require("value", problems);
    let description = contents.take("description");
    let sensitive = contents.take_bool("sensitive", problems).unwrap_or(false);
    let ephemeral = contents.take_bool("ephemeral", problems).unwrap_or(false);
    let preconditions = conditions(&mut contents, "precondition", problems);
    let depends_on = contents
        .take("depends_on")
        .map(|argument| reference::depends_on(&argument, problems))
        .unwrap_or_default();
    contents.finish(problems);
    Some(Output {
        span,
        value: value?,
        description,
        sensitive,
        ephemeral,
        preconditions,
        depends_on,
    })
}
