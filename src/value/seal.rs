//! Values made fit to be shown and stored: JSON in which no secret stands.
//!
//! A sealed value is plain JSON, except that
//!
//! - a sensitive value is `{"$sensitive": "<keyed hash>"}`, enough to see that it changed, useless to guess it;
//! - an unknown value is `{"$unknown": true}`;
//! - a number of an output that is no float of 64 bits is `{"$number": "<all its digits>"}`;
//! - the keys of the user's own objects that begin with `$` are written with one more `$`.
//!
//! Views, plans and states hold nothing but sealed values, so what they print or write cannot leak.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value as Json, json};
use sha2::Sha256;

use super::{Data, Value};

/// The key of the hashes. It is kept beside the state, never in it.
#[derive(Clone)]
pub struct SealKey([u8; 32]);

impl SealKey {
    /// Takes the key's bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// A value in which no secret stands: see the module's text for its shape.
pub type Sealed = Json;

/// How numbers are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Digits {
    /// As the engines know them.
    Float,
    /// With all their digits.
    All,
}

/// Seals an attribute of an object: its numbers are those that engines know.
pub fn seal(value: &Value, key: &SealKey) -> Sealed {
    sealed(value, key, Digits::Float)
}

/// Seals an output, whose numbers keep all their digits.
pub fn seal_output(value: &Value, key: &SealKey) -> Sealed {
    sealed(value, key, Digits::All)
}

fn sealed(value: &Value, key: &SealKey, digits: Digits) -> Sealed {
    if value.sensitive {
        // An unknown secret has no content yet; that it is unknown says nothing of it.
        if value.is_unknown() {
            return json!({"$sensitive": ""});
        }
        return json!({"$sensitive": keyed_hash(&plainly(value, digits), key)});
    }
    match &value.data {
        Data::Null(_) => Json::Null,
        Data::Bool(value) => Json::Bool(*value),
        Data::Number(number) => written(number, digits),
        Data::String(text) => Json::String(text.to_string()),
        Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => Json::Array(
            elements
                .iter()
                .map(|element| sealed(element, key, digits))
                .collect(),
        ),
        Data::Map(_, entries) | Data::Object(entries) => Json::Object(
            entries
                .iter()
                .map(|(name, value)| (escape_key(name), sealed(value, key, digits)))
                .collect::<Map<_, _>>(),
        ),
        Data::Unknown(_) => json!({"$unknown": true}),
    }
}

/// Tells whether a sealed value is a hidden secret.
pub fn is_sensitive(sealed: &Sealed) -> bool {
    sealed.get("$sensitive").is_some()
}

/// Tells whether a sealed value is unknown.
pub fn is_unknown(sealed: &Sealed) -> bool {
    sealed.get("$unknown").is_some()
}

/// Returns the digits of a sealed number that is written with all of them.
pub fn digits(sealed: &Sealed) -> Option<&str> {
    sealed.get("$number").and_then(Json::as_str)
}

/// Tells whether a sealed value or anything inside it is unknown.
pub fn has_unknown(sealed: &Sealed) -> bool {
    match sealed {
        Json::Array(elements) => elements.iter().any(has_unknown),
        Json::Object(entries) => is_unknown(sealed) || entries.values().any(has_unknown),
        _ => false,
    }
}

/// Gives back the name that the user gave to a key of a sealed object.
pub fn unescape_key(key: &str) -> &str {
    key.strip_prefix('$').unwrap_or(key)
}

fn escape_key(name: &str) -> String {
    if name.starts_with('$') {
        format!("${name}")
    } else {
        name.to_owned()
    }
}

/// Renders a value as JSON with its secrets in clear: for hashing and for the engine alone.
pub fn plain(value: &Value) -> Json {
    plainly(value, Digits::Float)
}

fn plainly(value: &Value, digits: Digits) -> Json {
    match &value.data {
        Data::Null(_) | Data::Unknown(_) => Json::Null,
        Data::Bool(value) => Json::Bool(*value),
        Data::Number(number) => written(number, digits),
        Data::String(text) => Json::String(text.to_string()),
        Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => {
            Json::Array(elements.iter().map(|element| plainly(element, digits)).collect())
        }
        Data::Map(_, entries) | Data::Object(entries) => Json::Object(
            entries
                .iter()
                .map(|(name, value)| (name.clone(), plainly(value, digits)))
                .collect(),
        ),
    }
}

fn written(number: &super::Number, digits: Digits) -> Json {
    match (digits, number_to_json(number)) {
        (Digits::All, json) if !is_exactly(number, &json) && !number.is_infinite() => {
            json!({"$number": number.to_string()})
        }
        (_, json) => json,
    }
}

fn number_to_json(number: &super::Number) -> Json {
    match number.to_i64() {
        Some(whole) => whole.into(),
        None => number
            .to_string()
            .parse::<serde_json::Number>()
            .map_or(Json::Null, Json::Number),
    }
}

/// Tells whether a number is what stands in the JSON, to the last digit.
fn is_exactly(number: &super::Number, json: &Json) -> bool {
    let read = json.to_string().parse::<super::Number>();
    read.is_ok_and(|read| read.compare(number).is_eq())
}

fn keyed_hash(plain: &Json, key: &SealKey) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key.0).expect("HMAC takes keys of any length");
    mac.update(plain.to_string().as_bytes());
    mac.finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Turns a sealed value back; a secret comes back as a sensitive unknown, for its content is gone.
pub fn unseal(sealed: &Sealed) -> Value {
    match sealed {
        Json::Null => Value::NULL,
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::from(whole),
            None => number
                .to_string()
                .parse()
                .map_or(Value::NULL, |number| Value::from(Data::Number(number))),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(elements) => Value::tuple(elements.iter().map(unseal)),
        Json::Object(_) if is_sensitive(sealed) => Value::unknown(super::Type::Any).sensitive(),
        Json::Object(_) if is_unknown(sealed) => Value::unknown(super::Type::Any),
        Json::Object(_) if digits(sealed).is_some() => digits(sealed)
            .and_then(|digits| digits.parse().ok())
            .map_or(Value::NULL, |number| Value::from(Data::Number(number))),
        Json::Object(entries) => Value::object(
            entries
                .iter()
                .map(|(name, value)| (unescape_key(name), unseal(value))),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_third_was_written_one_digit_off_and_read_as_another_number() {
        let third = crate::value::Number::from(1_i64).div(&crate::value::Number::from(3_i64));
        let written = plain(&Value::from(Data::Number(third.unwrap()))).to_string();
        assert_eq!(written, "0.3333333333333333");
        let read: Json = serde_json::from_str(&written).unwrap();
        assert_eq!(plain(&unseal(&read)), read);
        assert_eq!(read.to_string(), written);
    }

    #[test]
    fn numbers_of_outputs_keep_all_their_digits() {
        let key = SealKey::new([0; 32]);
        let number = |digits: &str| Value::from(Data::Number(digits.parse().unwrap()));
        for (digits, sealed) in [
            ("7", json!(7)),
            ("0.1", json!(0.1)),
            ("1e30", json!(1e30)),
            ("-9223372036854775809", json!({"$number": "-9223372036854775809"})),
            (
                "12345678901234567890123",
                json!({"$number": "12345678901234567890123"}),
            ),
            ("9007199254740993.5", json!({"$number": "9007199254740993.5"})),
        ] {
            assert_eq!(seal_output(&number(digits), &key), sealed);
            assert!(unseal(&sealed) == number(digits), "{digits}");
        }
        let named = Value::object([("$number", Value::from("1"))]);
        assert_eq!(seal_output(&named, &key), json!({"$$number": "1"}));
        assert!(digits(&seal_output(&named, &key)).is_none());
    }

    #[test]
    fn a_secret_output_that_changed_behind_the_16th_digit_was_the_same() {
        let key = SealKey::new([0; 32]);
        let secret = |digits: &str| {
            let number = Value::from(Data::Number(digits.parse().unwrap()));
            Value::tuple([number]).sensitive()
        };
        let (one, other) = (secret("9007199254740993.5"), secret("9007199254740993.25"));
        assert_ne!(seal_output(&one, &key), seal_output(&other, &key));
        assert_eq!(seal(&one, &key), seal(&other, &key), "engines know floats");
        assert_eq!(seal_output(&secret("0.5"), &key), seal(&secret("0.5"), &key));
    }
}
