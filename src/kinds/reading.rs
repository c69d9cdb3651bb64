//! Reading the engine's JSON into a [`Spec`]: null, absent, empty and zero are one, and become absent.

use serde_json::Value as Json;

use super::{Field, FieldType, Spec};
use crate::engine::HIDDEN;
use crate::value::{Type, Value};

/// Returns a text that is not empty.
pub(super) fn text(json: &Json) -> Option<Value> {
    json.as_str().filter(|text| !text.is_empty()).map(Value::from)
}

/// Returns a text, or an empty one.
pub(super) fn text_or_empty(json: &Json) -> Value {
    Value::from(json.as_str().unwrap_or_default())
}

/// Returns true or false; what is absent is false.
pub(super) fn flag(json: &Json) -> Option<Value> {
    Some(Value::from(json.as_bool().unwrap_or(false)))
}

/// Returns a whole number other than zero.
pub(super) fn whole(json: &Json) -> Option<Value> {
    json.as_i64().filter(|number| *number != 0).map(Value::from)
}

/// Returns the texts of an array, if there are any.
pub(super) fn list(json: &Json) -> Option<Value> {
    let texts = texts(json);
    (!texts.is_empty()).then(|| Value::tuple(texts.into_iter().map(Value::from)))
}

/// Returns the texts of an array as a set, if there are any, each in its canonical form.
pub(super) fn set(json: &Json, canonical: impl Fn(&str) -> String) -> Option<Value> {
    set_of(texts(json).iter().map(|text| canonical(text)))
}

/// Returns texts as a set, if there are any: sorted and without repetition.
pub(super) fn set_of(texts: impl Iterator<Item = String>) -> Option<Value> {
    let sorted: std::collections::BTreeSet<String> = texts.collect();
    (!sorted.is_empty()).then(|| Value::tuple(sorted.into_iter().map(Value::from)))
}

/// Returns the texts of an array.
pub(super) fn texts(json: &Json) -> Vec<String> {
    json.as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .map(str::to_owned)
        .collect()
}

/// Returns the entries of an object whose values are texts, if there are any.
pub(super) fn map(json: &Json) -> Option<Value> {
    let entries: Vec<(String, Value)> = json
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), Value::from(value.as_str()?))))
        .collect();
    (!entries.is_empty()).then(|| Value::object(entries))
}

/// Returns the elements of an array.
pub(super) fn elements(json: &Json) -> impl Iterator<Item = &Json> {
    json.as_array().into_iter().flatten()
}

/// Gathers the attributes that are there.
pub(super) fn gather<'a>(attributes: impl IntoIterator<Item = (&'a str, Option<Value>)>) -> Spec {
    attributes
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// Gathers the attributes of a block that are there.
pub(super) fn block<'a>(attributes: impl IntoIterator<Item = (&'a str, Option<Value>)>) -> Value {
    Value::object(gather(attributes))
}

/// Returns blocks in an order of their own, if there are any.
pub(super) fn blocks(blocks: Vec<Value>) -> Option<Value> {
    (!blocks.is_empty()).then(|| Value::tuple(blocks))
}

/// Makes every attribute unknown that the engine does not show: see [`HIDDEN`].
pub(super) fn hide(spec: &mut Spec, fields: &[Field], inspect: &Json) {
    let hidden = texts(&inspect[HIDDEN]);
    if !hidden.is_empty() {
        hide_within(spec, fields, "", &hidden);
    }
}

fn hide_within(spec: &mut Spec, fields: &[Field], prefix: &str, hidden: &[String]) {
    for field in fields.iter().filter(|field| !field.at.is_empty()) {
        let at = format!("{prefix}{}", field.at);
        // Whether a nested block is there is seen, even if what it says is not.
        let seen = !matches!(field.ty, FieldType::Block(_)) || spec.contains_key(field.name);
        if hidden.contains(&at) && seen {
            spec.insert(field.name.to_owned(), Value::unknown(Type::Any));
            continue;
        }
        let (FieldType::Block(inner) | FieldType::Blocks(inner, _)) = field.ty else {
            continue;
        };
        let prefix = format!("{at}.");
        if !hidden.iter().any(|path| path.starts_with(&prefix)) {
            continue;
        }
        let Some(value) = spec.get_mut(field.name) else {
            continue;
        };
        let hide_block = |block: &Value| match block.as_entries() {
            Some(entries) => {
                let mut block = entries.clone();
                hide_within(&mut block, inner, &prefix, hidden);
                Value::object(block)
            }
            None => block.clone(),
        };
        *value = match value.as_elements() {
            Some(blocks) => Value::tuple(blocks.iter().map(hide_block).collect::<Vec<_>>()),
            None => hide_block(value),
        };
    }
}
