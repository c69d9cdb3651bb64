//! What is said of references that stand for nothing, or for something else than was meant.

use crate::address::BlockAddress;
use crate::config::{self, Repetition};
use crate::diagnostic::{Diagnostic, Span, did_you_mean};
use crate::eval::Reference;
use crate::kinds::{Field, Presence};

/// Says that a block has no such attribute.
pub(super) fn unknown_attribute(
    address: &BlockAddress,
    name: &str,
    fields: &[&Field],
    span: Span,
) -> Diagnostic {
    let names = || {
        fields
            .iter()
            .filter(|field| field.presence != Presence::Derived)
            .map(|field| field.name)
    };
    let help = match did_you_mean(name, names()) {
        Some(meant) => format!("Did you mean `{meant}`?"),
        None => super::decode::listed(&names().collect::<Vec<_>>()),
    };
    Diagnostic::error("Unknown attribute")
        .detail(format!("`{address}` has no attribute `{name}`."))
        .at(span, "not known")
        .help(help)
}

pub(super) fn incomplete(reference: &Reference, form: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error("Incomplete reference")
            .detail(format!(
                "A reference that begins with `{}` has the form `{form}`.",
                reference.path[0]
            ))
            .at(reference.span.clone(), "something is missing behind it"),
    )
}

pub(super) fn outside(reference: &Reference, what: &str) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error("Undefined reference")
            .detail(format!(
                "`{}` can only be used in a block with `{what}`.",
                reference.path[0]
            ))
            .at(reference.span.clone(), format!("there is no `{what}` here")),
    )
}

pub(super) fn undefined<'n>(
    span: &Span,
    what: &str,
    name: &str,
    names: impl Iterator<Item = &'n str>,
) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::error("Undefined reference")
        .detail(format!("There is no {what} `{name}`."))
        .at(span.clone(), "not declared");
    Box::new(match did_you_mean(name, names) {
        Some(meant) => diagnostic.help(format!("Did you mean `{meant}`?")),
        None => diagnostic,
    })
}

pub(super) fn no_output<'n>(
    call: &str,
    name: &str,
    span: &Span,
    names: impl Iterator<Item = &'n str> + Clone,
) -> Box<Diagnostic> {
    let diagnostic = Diagnostic::error("Unknown output")
        .detail(format!("`module.{call}` has no output `{name}`."))
        .at(span.clone(), "not declared in the module");
    Box::new(match did_you_mean(name, names.clone()) {
        Some(meant) => diagnostic.help(format!("Did you mean `{meant}`?")),
        None => diagnostic.help(super::decode::listed(&names.collect::<Vec<_>>())),
    })
}

pub(super) fn repeated_call(call: &config::Call, span: &Span) -> Box<Diagnostic> {
    let (what, key) = match call.repetition {
        Repetition::Count(_) => ("`count`, so it is a list", "0"),
        _ => ("`for_each`, so it is a map", "\"key\""),
    };
    let name = &call.name;
    Box::new(
        Diagnostic::error("Missing index")
            .detail(format!("`module.{name}` has {what}."))
            .at(span.clone(), "an output of which instance?")
            .help(format!("Name one, as in `module.{name}[{key}]`.")),
    )
}

pub(super) fn repeated(address: &BlockAddress, attributes: &[String], span: &Span) -> Box<Diagnostic> {
    let attribute = &attributes[0];
    Box::new(
        Diagnostic::error("Missing index")
            .detail(format!("`{address}` has `count`, so it is a list."))
            .at(span.clone(), "an attribute of which instance?")
            .help(format!(
                "Name one, as in `{address}[0].{attribute}`, or take all with `{address}[*].{attribute}`."
            )),
    )
}

pub(super) fn mapped(address: &BlockAddress, attributes: &[String], span: &Span) -> Box<Diagnostic> {
    let attribute = &attributes[0];
    Box::new(
        Diagnostic::error("Missing key")
            .detail(format!("`{address}` has `for_each`, so it is a map."))
            .at(span.clone(), "an attribute of which instance?")
            .help(format!(
                "Name one, as in `{address}[\"key\"].{attribute}` or `{address}[each.key].{attribute}`, or take all with \
                 `values({address})[*].{attribute}`."
            )),
    )
}

pub(super) fn single(address: &BlockAddress, reference: &Reference) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::error("Unexpected index")
            .detail(format!(
                "`{address}` has neither `count` nor `for_each`, so there is only one of it."
            ))
            .at(reference.span.clone(), "one of how many?")
            .help(format!("Leave the index out: write `{address}` alone.")),
    )
}
