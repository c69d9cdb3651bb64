//! JSON that holds parts of sealed values → its text: names as the user gave them, and numbers with all their digits, which no
//! number of 64 bits has.

use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::Value as Json;
use serde_json::value::RawValue;

use crate::value::seal::digits;

/// Writes it, on one line or on several.
pub(super) fn written(value: &Json, several_lines: bool) -> String {
    let text = match several_lines {
        true => serde_json::to_string_pretty(&Written(value)),
        false => serde_json::to_string(&Written(value)),
    };
    // Keys are strings and nothing else can fail: the text goes into memory.
    text.unwrap_or_default()
}

struct Written<'j>(&'j Json);

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(number) = digits(self.0).and_then(number) {
            return number.serialize(serializer);
        }
        match self.0 {
            Json::Array(elements) => {
                let mut sequence = serializer.serialize_seq(Some(elements.len()))?;
                for element in elements {
                    sequence.serialize_element(&Written(element))?;
                }
                sequence.end()
            }
            Json::Object(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (name, value) in entries {
                    map.serialize_entry(name_of(name), &Written(value))?;
                }
                map.end()
            }
            other => other.serialize(serializer),
        }
    }
}

/// Takes away what sealing puts in front of the user's names that begin with `$`.
fn name_of(name: &str) -> &str {
    match name.strip_prefix('$') {
        Some(rest) if rest.starts_with('$') => rest,
        _ => name,
    }
}

/// Returns digits as they are written, if they are a number.
fn number(digits: &str) -> Option<Box<RawValue>> {
    let _: crate::value::Number = digits.parse().ok()?;
    RawValue::from_string(digits.to_owned()).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn long_numbers_keep_their_digits_and_names_are_the_users() {
        let sealed = json!({
            "a": [{"$number": "12345678901234567890123"}, 1.5, null],
            "$$number": "1",
            "$schema": "s",
            "b": {"$number": "no number"},
        });
        assert_eq!(
            written(&sealed, false),
            r#"{"a":[12345678901234567890123,1.5,null],"$number":"1","$schema":"s","b":{"$number":"no number"}}"#
        );
        let plain = json!({"a": {"b": [1, "x"], "c": {}}, "d": []});
        assert_eq!(written(&plain, true), format!("{plain:#}"));
    }
}
