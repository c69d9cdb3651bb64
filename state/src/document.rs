//! State ⇄ text: pretty JSON that begins with its format and a checksum of everything else.
//!
//! The checksum is taken of the text without the white space between its tokens, so that a changed line ending is no
//! damage, and any change of content is.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::{FORMAT, Interim, State};

const CHECKSUM_DIGITS: usize = 64;

/// Why a text is not a state.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Empty,
    Broken(String),
    Checksum,
    Conflict,
    Newer { found: u64, wharf_version: String },
}

#[derive(Serialize)]
struct Document<'a> {
    checksum: &'a str,
    #[serde(flatten)]
    state: &'a State,
}

/// Writes a state as text.
pub(crate) fn encode(state: &State) -> String {
    let placeholder = "0".repeat(CHECKSUM_DIGITS);
    let document = Document {
        checksum: &format!("sha256:{placeholder}"),
        state,
    };
    // Writing to memory cannot fail, and all keys are text.
    let mut text = serde_json::to_string_pretty(&document).expect("a state is JSON");
    text.push('\n');
    let checksum = split(&minify(&text)).map(|parts| parts.digest());
    if let (Some(checksum), Some(at)) = (checksum, text.find(&placeholder)) {
        text.replace_range(at..at + CHECKSUM_DIGITS, &checksum);
    }
    text
}

/// Reads a state from a file's content.
pub(crate) fn decode(bytes: &[u8]) -> Result<State, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|error| Fault::Broken(error.to_string()))?;
    if text.trim().is_empty() {
        return Err(Fault::Empty);
    }
    let broken = |error: serde_json::Error| Fault::Broken(error.to_string());
    let header: Header = serde_json::from_str(text).map_err(|error| match has_conflict_markers(text) {
        true => Fault::Conflict,
        false => broken(error),
    })?;
    header.check()?;
    check_checksum(text)?;
    let mut state = serde_json::from_str(text).map_err(broken)?;
    type_interims(&mut state);
    Ok(state)
}

/// Earlier versions kept the nonce of what holds a volume's data in the memory of its kind.
fn type_interims(state: &mut State) {
    for object in state
        .objects
        .values_mut()
        .filter(|object| object.kind == "volume")
    {
        if let Some(nonce) = object.memory["interim"].as_str() {
            object.interim = Some(Interim {
                name: format!("{}.interim", object.name),
                nonce: nonce.to_owned(),
            });
            object.memory = Json::Null;
        }
    }
}

/// What tells whether the rest can be understood: whatever it holds, as long as it is JSON.
#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    format: Json,
    #[serde(default)]
    wharf_version: Json,
}

impl Header {
    fn check(&self) -> Result<(), Fault> {
        match self.format.as_u64() {
            None | Some(0) => Err(Fault::Broken("it does not say its format".into())),
            Some(found) if found > u64::from(FORMAT) => Err(Fault::Newer {
                found,
                wharf_version: self.wharf_version.as_str().unwrap_or_default().to_owned(),
            }),
            Some(_) => Ok(()),
        }
    }
}

/// Returns the checksum that stands at the beginning of a state's text, without looking whether it is right.
pub(crate) fn checksum(beginning: &str) -> Option<String> {
    let minified = minify(beginning);
    Some(split(&minified)?.checksum.to_owned())
}

fn check_checksum(text: &str) -> Result<(), Fault> {
    match split(&minify(text)) {
        Some(parts) if parts.digest() == parts.checksum => Ok(()),
        _ => Err(Fault::Checksum),
    }
}

/// A text with the checksum that stands in it, and what that is taken of.
struct Parts<'a> {
    checksum: &'a str,
    rest: &'a str,
}

/// Takes the checksum out of a text without white space; `None` if it does not begin with one.
fn split(minified: &str) -> Option<Parts<'_>> {
    let (checksum, rest) = minified
        .strip_prefix(r#"{"checksum":"sha256:"#)?
        .split_at_checked(CHECKSUM_DIGITS)?;
    Some(Parts { checksum, rest })
}

impl Parts<'_> {
    fn digest(&self) -> String {
        hex(&Sha256::digest(self.rest.as_bytes()))
    }
}

/// Writes bytes as lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Takes the white space between tokens out of a JSON text.
fn minify(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut in_text = false;
    let mut escaped = false;
    let mut from = 0;
    // All that matters is ASCII, and no byte of another character is.
    for (at, byte) in text.bytes().enumerate() {
        if !in_text && byte.is_ascii_whitespace() {
            kept.push_str(&text[from..at]);
            from = at + 1;
        }
        if escaped {
            escaped = false;
        } else if in_text && byte == b'\\' {
            escaped = true;
        } else if byte == b'"' {
            in_text = !in_text;
        }
    }
    kept.push_str(&text[from..]);
    kept
}

fn has_conflict_markers(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("<<<<<<< "))
        && text.lines().any(|line| line.starts_with(">>>>>>> "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_an_earlier_version_kept_in_the_memory_of_a_volume_is_found() {
        let mut state = State::new("shop", "default", "0.1.0");
        let volume = json!({"kind": "volume", "id": "a", "name": "a", "nonce": "n", "ready": true, "spec": {}, "attributes": {}, "dependencies": []});
        for (address, kind) in [("volume.data", "volume"), ("container.web", "container")] {
            let mut object: crate::Object = serde_json::from_value(volume.clone()).unwrap();
            object.kind = kind.into();
            object.memory = json!({"interim": "next"});
            state.objects.insert(address.into(), object);
        }
        let read = decode(encode(&state).as_bytes()).unwrap();
        let interim = Interim {
            name: "a.interim".into(),
            nonce: "next".into(),
        };
        assert_eq!(read.objects["volume.data"].interim, Some(interim));
        assert_eq!(read.objects["volume.data"].memory, Json::Null);
        // It is nothing but a word in the memory of another kind.
        assert_eq!(read.objects["container.web"].interim, None);
        assert_eq!(read.objects["container.web"].memory, json!({"interim": "next"}));
    }
}
