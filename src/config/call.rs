//! `module` blocks: calls of other modules.

use std::sync::Arc;

use hcl_edit::structure::{Body, Structure};
use indexmap::IndexMap;

use super::contents::Contents;
use super::{Argument, Call, Expr, header_span, object, reference, span_of};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span};

/// Reads a `module` block. Whatever it does not know is an argument for a variable of the module.
pub(super) fn call(
    source: &Arc<Source>,
    span: Span,
    name: &str,
    body: Body,
    problems: &mut Diagnostics,
) -> Call {
    let mut contents = Contents::new(source, span.clone(), "A `module` block", body);
    let repetition = object::repetition(&mut contents, problems);
    let module_source = contents.require("source", problems);
    refuse(&mut contents, problems);
    let depends_on = contents
        .take("depends_on")
        .map(|argument| reference::depends_on(&argument, problems))
        .unwrap_or_default();
    Call {
        name: name.to_owned(),
        span,
        source: module_source.and_then(|expr| literal(&expr, problems)),
        module: None,
        repetition,
        depends_on,
        arguments: arguments(source, contents.rest(), problems),
    }
}

/// The source is needed before anything can be evaluated.
fn literal(expr: &Expr, problems: &mut Diagnostics) -> Option<(String, Span)> {
    let text = expr.expression.as_str();
    if text.is_none() {
        problems.push(
            Diagnostic::error("Not a literal")
                .detail("`source` is looked at before anything is evaluated, so it must be plain text.")
                .at(expr.span(), "not plain text")
                .help("Write it out: `source = \"./app\"`."),
        );
    }
    Some((text?.to_owned(), expr.span()))
}

/// Says of what Terraform has, and wharf has not, what to do instead.
fn refuse(contents: &mut Contents<'_>, problems: &mut Diagnostics) {
    if let Some(version) = contents.take("version") {
        problems.push(
            Diagnostic::error("Version of a module")
                .detail("`version` chooses a release from a registry, and modules do not come from registries here.")
                .at(version.span(), "has no meaning")
                .help("Name a tag or a commit in the source: `git::https://…?ref=v1.2`."),
        );
    }
    for name in ["engines", "providers"] {
        if let Some(engines) = contents.take(name) {
            problems.push(
                Diagnostic::error("Named engines are not supported")
                    .detail("A configuration has one engine, and all its modules use it: there is none to be passed.")
                    .at(engines.span(), "passes an engine")
                    .help("Take it out, and use one configuration for each host."),
            );
        }
    }
}

fn arguments(source: &Arc<Source>, body: Body, problems: &mut Diagnostics) -> IndexMap<String, Argument> {
    let mut arguments = IndexMap::new();
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => {
                let argument = Argument {
                    span: span_of(source, &attribute.key),
                    value: Expr {
                        source: Arc::clone(source),
                        expression: attribute.value,
                    },
                };
                arguments.insert(attribute.key.as_str().to_owned(), argument);
            }
            Structure::Block(block) => {
                let name = block.ident.as_str();
                let problem = Diagnostic::error("Unknown block")
                    .detail(format!("A `module` block has no block `{name}`."))
                    .at(header_span(source, &block), "not known here");
                problems.push(match name {
                    "lifecycle" => problem.help("Write `lifecycle` in the blocks of the module."),
                    _ => problem.help(format!("For a variable of the module write `{name} = …`.")),
                });
            }
        }
    }
    arguments
}
