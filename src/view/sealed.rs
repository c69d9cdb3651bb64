//! Sealed values as text of the language, and as plain JSON with what is hidden left out.

use serde_json::{Map, Value as Json};

use crate::kinds::FieldType;
use crate::value::seal::{Sealed, digits, is_sensitive, is_unknown, unescape_key};

use super::escape::{escape, quote};
use super::units;

/// What stands for a value that only apply knows.
pub const UNKNOWN: &str = "(known after apply)";
/// What stands for a value that must not be shown.
pub const SENSITIVE: &str = "(sensitive)";

/// Writes a value on one line, with the unit of its type.
pub fn inline(value: &Sealed, ty: Option<FieldType>) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => with_unit(number, ty),
        Json::String(text) => quote(text),
        Json::Array(elements) if elements.is_empty() => "[]".to_owned(),
        Json::Array(elements) => {
            let inner = element_type(ty);
            let elements: Vec<_> = elements.iter().map(|element| inline(element, inner)).collect();
            format!("[{}]", elements.join(", "))
        }
        Json::Object(_) if is_sensitive(value) => SENSITIVE.to_owned(),
        Json::Object(_) if is_unknown(value) => UNKNOWN.to_owned(),
        Json::Object(_) if digits(value).is_some() => digits(value).unwrap_or_default().to_owned(),
        Json::Object(entries) if entries.is_empty() => "{}".to_owned(),
        Json::Object(entries) => {
            let inner = element_type(ty);
            let entries: Vec<_> = sorted(entries)
                .map(|(name, value)| format!("{} = {}", key(unescape_key(name)), inline(value, inner)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

/// Returns the type of a collection's elements.
pub fn element_type(ty: Option<FieldType>) -> Option<FieldType> {
    match ty? {
        FieldType::List(inner) | FieldType::Set(inner) | FieldType::Map(inner) => Some(*inner),
        _ => None,
    }
}

/// Writes the name of a map's entry: as it is if it is a plain word, else quoted.
pub fn key(name: &str) -> String {
    if is_word(name) {
        name.to_owned()
    } else {
        quote(name)
    }
}

/// Tells whether a name needs no quotes.
pub fn is_word(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// Returns the entries by name.
pub fn sorted(entries: &Map<String, Json>) -> impl Iterator<Item = (&String, &Json)> {
    let mut entries: Vec<_> = entries.iter().collect();
    entries.sort_by(|a, b| a.0.cmp(b.0));
    entries.into_iter()
}

/// Returns a value's text alone, as `--raw` gives it; `None` for collections and what is hidden.
pub fn raw(value: &Sealed) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(value) => Some(value.to_string()),
        other => digits(other).map(str::to_owned),
    }
}

/// Takes out of a sealed value what is hidden: what is sensitive is null, what is unknown is left out of objects and null
/// elsewhere. Names and long numbers stay as they are until they are written out.
pub fn visible(value: &Sealed) -> Json {
    match value {
        Json::Object(_) if is_sensitive(value) || is_unknown(value) => Json::Null,
        Json::Object(entries) => Json::Object(
            sorted(entries)
                .filter(|(_, value)| !is_unknown(value))
                .map(|(name, value)| (name.clone(), visible(value)))
                .collect(),
        ),
        Json::Array(elements) => Json::Array(elements.iter().map(visible).collect()),
        other => other.clone(),
    }
}

/// Writes where a value is marked: `true` for what is, objects with the marked entries alone, arrays with every element,
/// and `None` where nothing is.
pub fn marks(value: &Sealed, is_marked: &dyn Fn(&Sealed) -> bool) -> Option<Json> {
    if is_marked(value) {
        return Some(Json::Bool(true));
    }
    match value {
        Json::Object(_) if is_sensitive(value) || is_unknown(value) || digits(value).is_some() => None,
        Json::Object(entries) => {
            let marked: Map<String, Json> = sorted(entries)
                .filter_map(|(name, value)| Some((name.clone(), marks(value, is_marked)?)))
                .collect();
            (!marked.is_empty()).then_some(Json::Object(marked))
        }
        Json::Array(elements) => {
            let found: Vec<Option<Json>> = elements.iter().map(|element| marks(element, is_marked)).collect();
            found.iter().any(Option::is_some).then(|| {
                Json::Array(
                    found
                        .into_iter()
                        .map(|mark| mark.unwrap_or(Json::Bool(false)))
                        .collect(),
                )
            })
        }
        _ => None,
    }
}

fn with_unit(number: &serde_json::Number, ty: Option<FieldType>) -> String {
    match (ty, number.as_i64()) {
        (Some(FieldType::Bytes | FieldType::BytesOrUnlimited), Some(count)) if count >= 0 => {
            quote(&units::bytes(count))
        }
        (Some(FieldType::Duration), Some(nanoseconds)) => quote(&units::duration(nanoseconds)),
        (Some(FieldType::FileMode), Some(mode)) => quote(&units::file_mode(mode)),
        _ => escape(&number.to_string()).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_written_as_in_the_configuration() {
        let value =
            json!({"b": ["x\n", 1, null], "$$a": true, "a b": {"$unknown": true}, "c": {"$sensitive": "ab"}});
        assert_eq!(
            inline(&value, None),
            r#"{ "$a" = true, "a b" = (known after apply), b = ["x\n", 1, null], c = (sensitive) }"#
        );
    }

    #[test]
    fn numbers_have_the_unit_of_their_type() {
        assert_eq!(inline(&json!(536_870_912), Some(FieldType::Bytes)), r#""512m""#);
        assert_eq!(
            inline(
                &json!([5_000_000_000_i64]),
                Some(FieldType::List(&FieldType::Duration))
            ),
            r#"["5s"]"#
        );
        assert_eq!(inline(&json!(420), Some(FieldType::FileMode)), r#""0644""#);
    }

    #[test]
    fn plain_json_has_neither_secrets_nor_placeholders() {
        let value = json!({"a": {"$sensitive": "ab"}, "b": {"$unknown": true}, "c": [{"$unknown": true}, 1], "d": {}});
        assert_eq!(visible(&value), json!({"a": null, "c": [null, 1], "d": {}}));
        assert_eq!(
            marks(&value, &is_unknown),
            Some(json!({"b": true, "c": [true, false]}))
        );
        assert_eq!(marks(&value, &is_sensitive), Some(json!({"a": true})));
    }
}
