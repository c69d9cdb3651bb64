//! What the references of an expression stood for when something went wrong: for the reader of the error.

use std::sync::Arc;

use hcl_edit::expr::Expression;

use super::{Reference, Scope, Step, references};
use crate::diagnostic::{Diagnostics, Known, Source, Span};
use crate::value::{Data, Type, Value, type_of};

/// How much of a text is shown.
const SHOWN: usize = 60;

/// Tells what each reference of an expression stands for, in source order and each once, with its place.
///
/// Secrets are named as such, and what only apply knows is said to be unknown. References that stand for nothing are left out.
pub fn known(expression: &Expression, source: &Arc<Source>, scope: &dyn Scope) -> Vec<(Span, Known)> {
    let mut found: Vec<(Span, Known)> = Vec::new();
    for reference in references(expression, source) {
        if let Some(known) = looked_up(&reference, scope)
            && !found.iter().any(|(_, other)| other.reference == known.reference)
        {
            found.push((reference.span, known));
        }
    }
    found
}

/// Adds to each problem of an expression what the references in its places stood for.
pub fn explained(
    mut problems: Diagnostics,
    expression: &Expression,
    source: &Arc<Source>,
    scope: &dyn Scope,
) -> Diagnostics {
    if problems.0.is_empty() {
        // Looking references up is noted as reading them.
        return problems;
    }
    let known = known(expression, source, scope);
    for problem in problems.0.iter_mut().filter(|problem| problem.values.is_empty()) {
        let places: Vec<&Span> = problem
            .label
            .iter()
            .chain(&problem.related)
            .map(|label| &label.span)
            .collect();
        let is_there = |span: &Span| places.iter().any(|place| overlap(place, span));
        let values: Vec<Known> = known
            .iter()
            .filter(|(span, _)| is_there(span))
            .map(|(_, known)| known.clone())
            .collect();
        problem.values = values;
    }
    problems
}

fn overlap(left: &Span, right: &Span) -> bool {
    Arc::ptr_eq(&left.source, &right.source)
        && left.range.start < right.range.end
        && right.range.start < left.range.end
}

fn looked_up(reference: &Reference, scope: &dyn Scope) -> Option<Known> {
    let path: Vec<&str> = reference.path.iter().map(String::as_str).collect();
    let (mut value, names) = scope.resolve(&path, &reference.spans).ok()?;
    if names == path.len() && matches!(value.data, Data::Unknown(Type::Any)) {
        // It stands for nothing that could be told.
        return None;
    }
    let mut written = path[..names.min(path.len())].join(".");
    let attributes = path
        .iter()
        .skip(names)
        .map(|name| Step::Attribute((*name).to_owned()));
    for step in attributes.chain(reference.steps.iter().cloned()) {
        let inner = match &step {
            Step::Attribute(name) | Step::Key(name) => value.get(name),
            Step::Index(index) => usize::try_from(*index)
                .ok()
                .and_then(|index| value.as_elements()?.get(index)),
            Step::Splat | Step::Dynamic => None,
        };
        let Some(inner) = inner.cloned() else { break };
        match step {
            Step::Attribute(name) => written = format!("{written}.{name}"),
            Step::Key(name) => written = format!("{written}[\"{name}\"]"),
            Step::Index(index) => written = format!("{written}[{index}]"),
            Step::Splat | Step::Dynamic => {}
        }
        value = inner.sensitive_if(value.sensitive);
    }
    Some(Known {
        reference: written,
        statement: statement(&value),
    })
}

/// Says what a value is.
fn statement(value: &Value) -> String {
    if value.sensitive {
        return "has a sensitive value".to_owned();
    }
    let counted = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    };
    match &value.data {
        Data::Null(_) => "is null".to_owned(),
        Data::Bool(value) => format!("is {value}"),
        Data::Number(number) => format!("is {number}"),
        Data::String(text) if text.chars().count() > SHOWN => {
            let begin: String = text.chars().take(SHOWN).collect();
            format!("is \"{begin}…\"")
        }
        Data::String(text) => format!("is \"{text}\""),
        Data::Unknown(Type::Any) => "is known only after apply".to_owned(),
        Data::Unknown(ty) => format!("is {}, known only after apply", ty.described()),
        Data::Map(_, entries) => format!(
            "is {} with {}",
            type_of(value).described(),
            counted(entries.len(), "element")
        ),
        Data::Object(entries) => format!("is an object with {}", counted(entries.len(), "attribute")),
        Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => format!(
            "is {} with {}",
            type_of(value).described(),
            counted(elements.len(), "element")
        ),
    }
}
