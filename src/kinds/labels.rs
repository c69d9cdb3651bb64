//! Labels: the user's with ours on the way to the engine, the user's alone on the way back.

use serde_json::{Map, Value as Json};

use super::{Ownership, Problem, Spec, spec};
use crate::value::Value;

/// What all of our own labels begin with.
pub(super) const PREFIX: &str = "wharf.";

/// Returns the labels of the spec, and ours, which win.
pub(super) fn owned(ownership: &Ownership, wanted: &Spec) -> Map<String, Json> {
    let mut labels: Map<String, Json> = spec::map(wanted, "labels");
    labels.extend(
        ownership
            .labels()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.into())),
    );
    labels
}

/// Finds labels that the user may not set.
pub(super) fn reserved(spec: &Spec) -> impl Iterator<Item = Problem> {
    let ours = spec::pairs(spec, "labels").into_iter();
    ours.filter(|(name, _)| name.starts_with(PREFIX))
        .map(|(name, _)| {
            spec::problem(
                format!("labels.{name}"),
                "Reserved label",
                format!("Labels that begin with `{PREFIX}` are wharf's own."),
                "Choose another name.",
            )
        })
}

/// Returns the labels that are not ours; `None` if there are none.
pub(super) fn foreign(labels: &Json) -> Option<Value> {
    let labels: Vec<(String, Value)> = labels
        .as_object()?
        .iter()
        .filter(|(name, _)| !name.starts_with(PREFIX))
        .filter_map(|(name, value)| Some((name.clone(), Value::from(value.as_str()?))))
        .collect();
    (!labels.is_empty()).then(|| Value::object(labels))
}
