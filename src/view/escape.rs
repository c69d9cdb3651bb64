//! Text from outside made harmless: names, labels, logs, errors of engines, file names, and sources.
//!
//! A terminal acts on control characters, and a reader is fooled by characters that reorder or hide text. Both are shown
//! as what they are: `\x1b`, `\u{202e}`.

use std::borrow::Cow;
use std::fmt::Write;

/// Escapes text that must stay on one line: newlines and tabs are shown as `\n` and `\t`.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_dangerous) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        push_escaped(&mut escaped, character);
    }
    Cow::Owned(escaped)
}

/// Escapes text that may have several lines: newlines and tabs are kept, everything else is escaped.
///
/// A carriage return at the end of a line goes; a line that a CI system would take for a command (`::`, `##[`, `##vso[`)
/// has its first character escaped.
pub fn escape_lines(text: &str) -> Cow<'_, str> {
    let harmless = |character: char| matches!(character, '\n' | '\t') || !is_dangerous(character);
    if text.chars().all(harmless) && !text.lines().any(is_ci_command) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            escaped.push('\n');
        }
        push_line(&mut escaped, line.strip_suffix('\r').unwrap_or(line));
    }
    Cow::Owned(escaped)
}

/// Escapes the text of a file so that places in it can still be found: nothing but dangerous characters changes.
pub fn escape_source(text: &str) -> Cow<'_, str> {
    let harmless = |character: char| matches!(character, '\n' | '\r' | '\t') || !is_dangerous(character);
    if text.chars().all(harmless) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if harmless(character) {
            escaped.push(character);
        } else {
            push_escaped(&mut escaped, character);
        }
    }
    Cow::Owned(escaped)
}

/// Escapes a JSON text as JSON does: what is dangerous becomes `\\u202e`, and the text means the same as before.
///
/// Outside of its strings JSON has no such characters but the newlines and spaces of its layout, which are kept.
pub fn escape_json(json: &str) -> Cow<'_, str> {
    let harmless = |character: char| character == '\n' || !is_dangerous(character);
    if json.chars().all(harmless) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if harmless(character) {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            write!(escaped, "\\u{unit:04x}").expect("writing into a String cannot fail");
        }
    }
    Cow::Owned(escaped)
}

/// Writes text as a quoted string of the language, on one line.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(character);
            }
            '$' | '%' if characters.peek() == Some(&'{') => {
                quoted.push(character);
                quoted.push(character);
            }
            other => push_escaped(&mut quoted, other),
        }
    }
    quoted.push('"');
    quoted
}

fn push_line(escaped: &mut String, line: &str) {
    let mut characters = line.chars();
    if is_ci_command(line) {
        let start = line.len() - line.trim_start().len();
        escaped.push_str(&line[..start].replace(|c| c != '\t' && is_dangerous(c), " "));
        characters = line[start..].chars();
        if let Some(first) = characters.next() {
            push_code(escaped, first);
        }
    }
    for character in characters {
        if character == '\t' {
            escaped.push('\t');
        } else {
            push_escaped(escaped, character);
        }
    }
}

fn push_escaped(escaped: &mut String, character: char) {
    match character {
        '\n' => escaped.push_str("\\n"),
        '\r' => escaped.push_str("\\r"),
        '\t' => escaped.push_str("\\t"),
        other if is_dangerous(other) => push_code(escaped, other),
        other => escaped.push(other),
    }
}

fn push_code(escaped: &mut String, character: char) {
    let code = u32::from(character);
    let result = if code < 0x100 {
        write!(escaped, "\\x{code:02x}")
    } else {
        write!(escaped, "\\u{{{code:x}}}")
    };
    result.expect("writing into a String cannot fail");
}

fn is_ci_command(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("::") || line.starts_with("##[") || line.starts_with("##vso[")
}

/// Tells whether a terminal could act on the character, or a reader be fooled by it.
pub(super) fn is_dangerous(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // Soft hyphen, Mongolian vowel separator, zero-width and joining characters, byte order mark.
            '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}'
            // Bidirectional marks, embeddings, overrides and isolates.
            | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
            // Line and paragraph separators, interlinear annotations.
            | '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}'
            // Fillers that look like nothing.
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
            // Tags and supplementary variation selectors: text that is never seen.
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_ordinary_text_as_it_is() {
        for text in ["", "web", "größe 大きい 🚢", "a\\nb"] {
            assert!(
                matches!(escape(text), Cow::Borrowed(same) if same == text),
                "{text}"
            );
        }
    }

    #[test]
    fn shows_what_a_terminal_would_act_on() {
        assert_eq!(
            escape("\x1b[31mred\x1b]0;title\x07\r\n\u{9b}2J\x7f"),
            r"\x1b[31mred\x1b]0;title\x07\r\n\x9b2J\x7f"
        );
    }

    #[test]
    fn shows_what_reorders_or_hides_text() {
        assert_eq!(
            escape("a\u{202e}b\u{2066}c\u{200b}d\u{feff}e\u{2028}f\u{e0041}"),
            r"a\u{202e}b\u{2066}c\u{200b}d\u{feff}e\u{2028}f\u{e0041}"
        );
    }

    #[test]
    fn keeps_lines_and_tabs_where_asked() {
        assert_eq!(
            escape_lines("one\r\n\ttwo\x1b[0m\rthree"),
            "one\n\ttwo\\x1b[0m\\rthree"
        );
    }

    #[test]
    fn no_line_becomes_a_command_of_a_ci_system() {
        assert_eq!(
            escape_lines("ok\n::set-output name=a::b\n  ##vso[task]\n##[error]"),
            "ok\n\\x3a:set-output name=a::b\n  \\x23#vso[task]\n\\x23#[error]"
        );
    }

    #[test]
    fn quotes_as_the_language_does() {
        assert_eq!(
            quote("a\"b\\c\n${x} %{y} $z \x1b"),
            r#""a\"b\\c\n$${x} %%{y} $z \x1b""#
        );
    }

    #[test]
    fn escaped_json_means_the_same() {
        let value = serde_json::Value::from("\u{9b}\u{202e}\u{e0041}\x1b\n");
        let escaped = escape_json(&value.to_string()).into_owned();
        assert_eq!(escaped, r#""\u009b\u202e\udb40\udc41\u001b\n""#);
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&escaped).unwrap(),
            value
        );
    }

    #[test]
    fn no_escaped_text_has_anything_dangerous_left() {
        let all: String = (0..0x11_0000).filter_map(char::from_u32).collect();
        assert!(!escape(&all).chars().any(is_dangerous));
        assert!(
            !escape_lines(&all)
                .chars()
                .any(|c| c != '\n' && c != '\t' && is_dangerous(c))
        );
        assert!(!quote(&all).chars().any(is_dangerous));
    }
}
