//! The text of a document's strings, character by character with their places.

use std::ops::Range;

/// A string's text, and where each of its characters stands in the document.
pub(super) struct Text {
    /// The text, escapes resolved.
    pub(super) text: String,
    /// Where each character begins in the text, and where it stands in the document.
    pub(super) places: Vec<(usize, Range<usize>)>,
}

/// Reads a string that stands in a document at a range, quotes included. The parser has seen that it is well-formed.
pub(super) fn read(document: &str, range: &Range<usize>) -> Text {
    let mut read = Text {
        text: String::new(),
        places: Vec::new(),
    };
    let end = range.end - 1;
    let mut at = range.start + 1;
    while at < end {
        let (character, length) = character(&document[at..end]);
        read.places.push((read.text.len(), at..at + length));
        read.text.push(character);
        at += length;
    }
    read
}

/// Reads one character or escape; returns how long it is.
fn character(text: &str) -> (char, usize) {
    let mut chars = text.chars();
    let first = chars.next().unwrap_or_default();
    if first != '\\' {
        return (first, first.len_utf8().max(1));
    }
    match chars.next() {
        Some('n') => ('\n', 2),
        Some('r') => ('\r', 2),
        Some('t') => ('\t', 2),
        Some('b') => ('\u{8}', 2),
        Some('f') => ('\u{c}', 2),
        Some('u') => unicode(text),
        Some(other) => (other, 1 + other.len_utf8()),
        None => (first, 1),
    }
}

/// Reads `\uXXXX`, and a second one if the two are halves of one character.
fn unicode(text: &str) -> (char, usize) {
    let unit = |at: usize| {
        let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let units: Vec<u16> = unit(0).into_iter().chain(unit(6)).collect();
    let first = char::decode_utf16(units).next();
    match first {
        Some(Ok(character)) => (character, 6 * character.len_utf16()),
        _ => (char::REPLACEMENT_CHARACTER, 6),
    }
}

/// Returns where a document is nested more deeply than so many levels.
pub(super) fn too_deep(document: &str, levels: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut bytes = document.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'{' | b'[' if depth == levels => return Some(at),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => loop {
                match bytes.next() {
                    Some((_, b'\\')) => drop(bytes.next()),
                    Some((_, b'"')) | None => break,
                    Some(_) => {}
                }
            },
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_has_its_place() {
        let document = r#""a\n\u00e9\ud83d\ude00\/ü""#;
        let read = read(document, &(0..document.len()));
        assert_eq!(read.text, "a\né😀/ü");
        let places: Vec<&str> = read.places.iter().map(|(_, at)| &document[at.clone()]).collect();
        assert_eq!(places, ["a", r"\n", r"\u00e9", r"\ud83d\ude00", r"\/", "ü"]);
    }

    #[test]
    fn brackets_in_strings_do_not_nest() {
        assert_eq!(too_deep(r#"{"a": "[[[\"[["}"#, 1), None);
        assert_eq!(too_deep("[[[", 2), Some(2));
    }
}
