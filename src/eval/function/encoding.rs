//! JSON, base64 and URLs.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD as BASE64};

use super::json::jsondecode;
use super::{Call, Failure, Function, Kind, Outcome, any, function, param, string};
use crate::value::{Data, Value};

/// Why a value cannot be written as JSON.
pub(super) const INFINITE: &str = "it holds a number that is infinite, and JSON has none";

pub(super) const FUNCTIONS: &[Function] = &[
    function(
        "base64decode",
        &[param("str", Kind::String)],
        string,
        base64decode,
    ),
    function("base64encode", &[param("str", Kind::String)], string, |call| {
        Ok(base64_text(call.text(0).as_bytes()))
    }),
    function("jsondecode", &[param("str", Kind::String)], any, jsondecode),
    function(
        "jsonencode",
        &[param("val", Kind::Any).nullable().whole()],
        string,
        |call| match call[0].fits_storage() {
            true => Ok(to_json(&call[0]).into()),
            false => Err(Failure::at(0, INFINITE)),
        },
    ),
    function("urldecode", &[param("str", Kind::String)], string, urldecode),
    function("urlencode", &[param("str", Kind::String)], string, urlencode),
];

pub(super) fn base64_text(bytes: &[u8]) -> Value {
    BASE64.encode(bytes).into()
}

/// Reads base64 as most programs do: line ends count for nothing, nor do the bits left over in the last character.
pub(super) fn base64_bytes(text: &str) -> Result<Vec<u8>, &'static str> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
    );
    LENIENT
        .decode(text.replace(['\r', '\n'], ""))
        .map_err(|_| "it is not valid base64")
}

fn base64decode(call: &Call<'_>) -> Outcome {
    let bytes = base64_bytes(call.text(0)).map_err(|message| Failure::at(0, message))?;
    String::from_utf8(bytes)
        .map(Value::normalised)
        .map_err(|_| Failure::at(0, "what it encodes is not UTF-8 text"))
}

fn urlencode(call: &Call<'_>) -> Outcome {
    let mut encoded = String::new();
    for byte in call.text(0).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(byte.into()),
            b' ' => encoded.push('+'),
            other => {
                let _ = write!(encoded, "%{other:02X}");
            }
        }
    }
    Ok(encoded.into())
}

/// The way back from `urlencode`: a plus is a blank.
fn urldecode(call: &Call<'_>) -> Outcome {
    let mut bytes = Vec::new();
    let mut rest = call.text(0).bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
                match (digit(), digit()) {
                    (Some(high), Some(low)) => (high * 16 + low) as u8,
                    _ => {
                        return Err(Failure::at(
                            0,
                            "two hexadecimal digits must follow each percent sign",
                        ));
                    }
                }
            }
            other => other,
        });
    }
    String::from_utf8(bytes)
        .map(Value::normalised)
        .map_err(|_| Failure::at(0, "what it encodes is not UTF-8 text"))
}

/// Writes a value as JSON, without white space, and safe to stand in HTML.
pub(super) fn to_json(value: &Value) -> String {
    let mut text = String::new();
    write_json(value, &mut text);
    text
}

fn write_json(value: &Value, into: &mut String) {
    match &value.data {
        Data::Null(_) | Data::Unknown(_) => into.push_str("null"),
        Data::Bool(value) => into.push_str(if *value { "true" } else { "false" }),
        Data::Number(number) => into.push_str(&number.to_string()),
        Data::String(text) => write_json_text(text, into),
        Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => {
            into.push('[');
            for (at, element) in elements.iter().enumerate() {
                if at > 0 {
                    into.push(',');
                }
                write_json(element, into);
            }
            into.push(']');
        }
        Data::Map(_, entries) | Data::Object(entries) => {
            into.push('{');
            for (at, (name, value)) in entries.iter().enumerate() {
                if at > 0 {
                    into.push(',');
                }
                write_json_text(name, into);
                into.push(':');
                write_json(value, into);
            }
            into.push('}');
        }
    }
}

fn write_json_text(text: &str, into: &mut String) {
    into.push('"');
    for c in text.chars() {
        match c {
            '"' => into.push_str("\\\""),
            '\\' => into.push_str("\\\\"),
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            '\t' => into.push_str("\\t"),
            '\u{8}' => into.push_str("\\b"),
            '\u{c}' => into.push_str("\\f"),
            c if c < ' ' || matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}') => {
                let _ = write!(into, "\\u{:04x}", c as u32);
            }
            c => into.push(c),
        }
    }
    into.push('"');
}
