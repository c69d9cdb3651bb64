//! Reading a [`Spec`], or the block inside one, on its way to the engine; and what references see of one.
//!
//! An attribute that is absent, and one whose value is unknown, read as `None`.

use serde_json::{Map, Value as Json};

use super::{Field, Presence, Problem, Spec};
use crate::value::seal::plain;
use crate::value::{Attributes, Data, Value};

/// Returns a text.
pub(super) fn text<'a>(spec: &'a Spec, name: &str) -> Option<&'a str> {
    spec.get(name)?.as_str()
}

/// Returns true or false.
pub(super) fn flag(spec: &Spec, name: &str) -> Option<bool> {
    spec.get(name)?.as_bool()
}

/// Returns a whole number: also a size, duration, port or mode.
pub(super) fn whole(spec: &Spec, name: &str) -> Option<i64> {
    spec.get(name)?.as_i64()
}

/// Returns a block that may stand once.
pub(super) fn block<'a>(spec: &'a Spec, name: &str) -> Option<&'a Spec> {
    spec.get(name)?.as_entries()
}

/// Returns the blocks of a kind that may be repeated.
pub(super) fn blocks<'a>(spec: &'a Spec, name: &str) -> impl Iterator<Item = &'a Spec> {
    elements(spec, name).iter().filter_map(Value::as_entries)
}

/// Returns the elements of a list or set.
pub(super) fn elements<'a>(spec: &'a Spec, name: &str) -> &'a [Value] {
    spec.get(name).and_then(Value::as_elements).unwrap_or_default()
}

/// Returns the texts of a list or set.
pub(super) fn texts(spec: &Spec, name: &str) -> Vec<String> {
    elements(spec, name)
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// Returns the entries of a map whose values are texts.
pub(super) fn pairs<'a>(spec: &'a Spec, name: &str) -> Vec<(&'a str, &'a str)> {
    spec.get(name)
        .and_then(Value::as_entries)
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
        .collect()
}

/// Returns a map as JSON.
pub(super) fn map(spec: &Spec, name: &str) -> Map<String, Json> {
    pairs(spec, name)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}

/// Returns an attribute as JSON.
pub(super) fn json(spec: &Spec, name: &str) -> Option<Json> {
    spec.get(name).map(plain)
}

/// Tells whether an attribute is set, to whatever value.
pub(super) fn is_set(spec: &Spec, name: &str) -> bool {
    spec.contains_key(name)
}

/// Puts attributes into a body under the engine's names, those that are set.
pub(super) fn carry(spec: &Spec, body: &mut Map<String, Json>, names: &[(&str, &str)]) {
    for (name, engine_name) in names {
        if let Some(value) = json(spec, name) {
            body.insert((*engine_name).to_owned(), value);
        }
    }
}

/// Returns what references see of a spec: what it sets and what is known besides, and unknowns for what the engine decides.
/// The rest is null.
pub(super) fn foretell(fields: &[Field], spec: &Spec, known: &[(&str, Value)]) -> Attributes {
    let rest = fields.iter().filter_map(|field| {
        let known = known.iter().find(|(name, _)| *name == field.name);
        let is_decided = matches!(field.presence, Presence::Computed | Presence::OptionalComputed);
        if spec.contains_key(field.name) || (known.is_none() && !is_decided) {
            return None;
        }
        let value = known.map(|(_, value)| value.clone());
        let value = value.unwrap_or_else(|| Value::unknown(field.ty.language()));
        Some((field.name.to_owned(), value))
    });
    visible(fields, spec).chain(rest).collect()
}

/// Returns what references see of a live object: its spec and what the engine decided. The rest is null.
pub(super) fn attributes(fields: &[Field], spec: &Spec, computed: Vec<(&str, Value)>) -> Attributes {
    let computed = computed.into_iter().map(|(name, value)| (name.to_owned(), value));
    visible(fields, spec).chain(computed).collect()
}

/// Returns the attributes that can be referred to: what is derived cannot.
fn visible(fields: &[Field], spec: &Spec) -> impl Iterator<Item = (String, Value)> {
    let derived = fields.iter().filter(|field| field.presence == Presence::Derived);
    let derived: Vec<&str> = derived.map(|field| field.name).collect();
    spec.iter()
        .filter(move |(name, _)| !derived.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
}

/// Says that something is wrong with an attribute.
pub(super) fn problem(path: impl Into<String>, summary: &str, detail: String, help: &str) -> Problem {
    Problem {
        path: path.into(),
        summary: summary.into(),
        detail,
        help: help.into(),
    }
}

/// Takes out an attribute that is an empty text, collection or block, which means the same as not setting it.
pub(super) fn drop_if_empty(spec: &mut Spec, name: &str) {
    let empty = spec.get(name).is_some_and(|value| match &value.data {
        Data::Null(_) => true,
        Data::String(text) => text.is_empty(),
        Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => elements.is_empty(),
        Data::Map(_, entries) | Data::Object(entries) => entries.is_empty(),
        _ => false,
    });
    if empty {
        spec.remove(name);
    }
}
