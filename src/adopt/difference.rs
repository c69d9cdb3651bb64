//! What has to be written so that an engine which gets it shows what it shows.

use crate::kinds::{Compare, Field, FieldType, Presence, Spec};
use crate::value::{Data, Value};

/// Returns the attributes that are not there by themselves.
///
/// What an engine of that API version does not know is left out: it shows some of it all the same.
pub(super) fn difference(fields: &[Field], live: &Spec, unasked: &Spec, api: (u32, u32)) -> Spec {
    fields
        .iter()
        .filter(|field| can_be_written(field) && field.since <= api)
        .filter_map(|field| {
            let written = attribute(field, live.get(field.name)?, unasked.get(field.name), api)?;
            Some((field.name.to_owned(), written))
        })
        .collect()
}

fn can_be_written(field: &Field) -> bool {
    !matches!(field.presence, Presence::Computed | Presence::Derived)
}

/// Returns what has to be written for one attribute; `None` if nothing has to.
fn attribute(field: &Field, live: &Value, unasked: Option<&Value>, api: (u32, u32)) -> Option<Value> {
    let required = field.presence == Presence::Required;
    // That it is there is seen, and what it says is not.
    if matches!(field.ty, FieldType::Block(_)) && live.is_unknown() {
        return unasked.is_none().then(|| Value::object::<String>([]));
    }
    if !required && (unasked == Some(live) || is_nothing(live, unasked, field)) {
        return None;
    }
    match (&field.ty, live.as_entries(), live.as_elements()) {
        (FieldType::Map(_), Some(entries), _) if field.compare == Compare::Keys => {
            let own = entries
                .iter()
                .filter(|(key, value)| unasked.and_then(|unasked| unasked.get(key)) != Some(value));
            some(Value::object(
                own.map(|(key, value)| (key.clone(), value.clone())),
            ))
        }
        (FieldType::Set(_), _, Some(elements)) if field.compare == Compare::Keys => {
            let given = unasked.and_then(Value::as_elements).unwrap_or_default();
            some(Value::tuple(
                elements.iter().filter(|it| !given.contains(it)).cloned(),
            ))
        }
        (FieldType::Block(fields), Some(entries), _) => {
            let empty = Spec::new();
            let by_itself = unasked.and_then(Value::as_entries);
            let written = Value::object(difference(fields, entries, by_itself.unwrap_or(&empty), api));
            // A block that is empty can say something all the same: `tmpfs {}`.
            by_itself.map_or(Some(written.clone()), |_| some(written))
        }
        (FieldType::Blocks(fields, _), _, Some(blocks)) => {
            let empty = Spec::new();
            let blocks = blocks.iter().filter_map(Value::as_entries);
            some(Value::tuple(blocks.map(|block| {
                Value::object(difference(fields, block, &empty, api))
            })))
        }
        _ => Some(live.clone()),
    }
}

/// Tells whether a value is what stands there when nothing is written.
fn is_nothing(live: &Value, unasked: Option<&Value>, field: &Field) -> bool {
    let default = field.default.trim_matches('`').trim_matches('"');
    match &live.data {
        Data::Null(_) => true,
        Data::Bool(value) => unasked.is_none() && value.to_string() == default,
        Data::String(text) => unasked.is_none() && (text.is_empty() || **text == *default),
        Data::Number(number) => unasked.is_none() && number.to_string() == default,
        // An empty list takes away what the image brings.
        Data::Tuple(elements) => elements.is_empty() && unasked.is_none_or(is_empty),
        Data::Object(entries) => entries.is_empty() && !matches!(field.ty, FieldType::Block(_)),
        // The engine does not show it.
        Data::Unknown(_) => true,
        _ => false,
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_elements().is_some_and(<[Value]>::is_empty)
}

fn some(value: Value) -> Option<Value> {
    match (value.as_elements(), value.as_entries()) {
        (Some([]), _) => None,
        (_, Some(entries)) if entries.is_empty() => None,
        _ => Some(value),
    }
}
