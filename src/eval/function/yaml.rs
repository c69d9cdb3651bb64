//! YAML. Strings are always quoted or literal blocks, so that no reader takes them for something else.

use std::fmt::Write as _;

use super::encoding::to_json;
use super::yaml_read::yamldecode;
use super::{Call, Function, Kind, Outcome, any, function, param, string};
use crate::value::{Data, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    function("yamldecode", &[param("src", Kind::String)], any, yamldecode),
    function(
        "yamlencode",
        &[param("value", Kind::Any).nullable().whole()],
        string,
        yamlencode,
    ),
];

fn yamlencode(call: &Call<'_>) -> Outcome {
    let mut text = String::new();
    match shape(&call[0]) {
        Shape::Scalar => {
            scalar(&call[0], 0, &mut text);
            text.push('\n');
            // A bare word at the top needs an end, so that it cannot go on in what follows.
            if call[0].as_str().is_none() && call[0].as_elements().is_none() && call[0].as_entries().is_none()
            {
                text.push_str("...\n");
            }
        }
        Shape::Sequence(elements) => sequence(elements, 0, &mut text),
        Shape::Mapping(entries) => mapping(&entries, 0, &mut text),
    }
    Ok(text.into())
}

enum Shape<'a> {
    /// On the line of its key: also an empty collection.
    Scalar,
    Sequence(&'a [Value]),
    Mapping(Vec<(&'a String, &'a Value)>),
}

fn shape(value: &Value) -> Shape<'_> {
    if let Some(elements) = value.as_elements().filter(|elements| !elements.is_empty()) {
        return Shape::Sequence(elements);
    }
    match value.as_entries().filter(|entries| !entries.is_empty()) {
        Some(entries) => Shape::Mapping(entries.iter().collect()),
        None => Shape::Scalar,
    }
}

/// Writes a sequence; the first line is already indented.
fn sequence(elements: &[Value], indent: usize, into: &mut String) {
    for (at, element) in elements.iter().enumerate() {
        if at > 0 {
            into.push_str(&" ".repeat(indent));
        }
        into.push_str("- ");
        match shape(element) {
            Shape::Scalar => {
                scalar(element, indent, into);
                into.push('\n');
            }
            Shape::Sequence(inner) => sequence(inner, indent + 2, into),
            Shape::Mapping(inner) => mapping(&inner, indent + 2, into),
        }
    }
}

/// Writes a mapping; the first line is already indented.
fn mapping(entries: &[(&String, &Value)], indent: usize, into: &mut String) {
    for (at, (name, value)) in entries.iter().enumerate() {
        if at > 0 {
            into.push_str(&" ".repeat(indent));
        }
        if is_simple_key(name) {
            quoted(name, None, into);
        } else {
            into.push_str("? ");
            text(name, indent, into);
            let _ = write!(into, "\n{}: ", " ".repeat(indent));
            complex_value(value, indent, into);
            continue;
        }
        into.push(':');
        match shape(value) {
            Shape::Scalar => {
                into.push(' ');
                scalar(value, indent, into);
                into.push('\n');
            }
            Shape::Sequence(inner) => {
                let _ = write!(into, "\n{}", " ".repeat(indent));
                sequence(inner, indent, into);
            }
            Shape::Mapping(inner) => {
                let _ = write!(into, "\n{}", " ".repeat(indent + 2));
                mapping(&inner, indent + 2, into);
            }
        }
    }
}

/// A key that would take more than a line's length has to be announced.
fn is_simple_key(name: &str) -> bool {
    name.len() <= 128 && !fits_block(name)
}

/// Writes the value of an announced key, on the line of its colon.
fn complex_value(value: &Value, indent: usize, into: &mut String) {
    match shape(value) {
        Shape::Scalar => {
            scalar(value, indent, into);
            into.push('\n');
        }
        Shape::Sequence(inner) => sequence(inner, indent + 2, into),
        Shape::Mapping(inner) => mapping(&inner, indent + 2, into),
    }
}

fn scalar(value: &Value, indent: usize, into: &mut String) {
    match &value.data {
        Data::String(content) => text(content, indent, into),
        _ => into.push_str(&to_json(value)),
    }
}

fn text(content: &str, indent: usize, into: &mut String) {
    if fits_block(content) {
        block(content, indent + 2, into);
    } else {
        quoted(content, Some(indent + 2), into);
    }
}

/// Tells whether text of several lines can stand as it is: no line may end in a blank or hold what is not printable.
fn fits_block(text: &str) -> bool {
    text.contains('\n')
        && !text.contains(" \n")
        && !text.ends_with(' ')
        && text.chars().all(|c| c == '\n' || !c.is_control())
}

fn block(text: &str, indent: usize, into: &mut String) {
    into.push('|');
    if text.starts_with([' ', '\n']) {
        into.push('2');
    }
    let body = text.strip_suffix('\n');
    match body {
        None => into.push('-'),
        Some(body) if body.is_empty() || body.ends_with('\n') => into.push('+'),
        Some(_) => {}
    }
    for line in body.unwrap_or(text).split('\n') {
        into.push('\n');
        if !line.is_empty() {
            let _ = write!(into, "{}{line}", " ".repeat(indent));
        }
    }
}

/// The column behind which a line is folded at the next blank.
const WIDTH: usize = 80;

/// Writes text in quotes. Long lines are folded, and go on indented; without an indentation they are not.
fn quoted(text: &str, fold: Option<usize>, into: &mut String) {
    let line = into.rfind('\n').map_or(0, |at| at + 1);
    let mut column = into[line..].chars().count() + 1;
    into.push('"');
    let mut after_blank = false;
    let mut rest = text.chars().peekable();
    let mut first = true;
    while let Some(c) = rest.next() {
        if c == ' ' {
            let inside = !first && rest.peek().is_some() && !after_blank;
            match fold.filter(|_| inside && column > WIDTH) {
                Some(indent) => {
                    let _ = write!(into, "\n{}", " ".repeat(indent));
                    column = indent;
                    // A blank at the beginning of a line would be lost.
                    if rest.peek() == Some(&' ') {
                        into.push('\\');
                        column += 1;
                    }
                }
                None => {
                    into.push(' ');
                    column += 1;
                }
            }
            after_blank = true;
        } else {
            let before = into.len();
            escaped(c, into);
            column += into[before..].chars().count();
            after_blank = false;
        }
        first = false;
    }
    into.push('"');
}

fn escaped(c: char, into: &mut String) {
    let code = c as u32;
    match c {
        '"' => into.push_str("\\\""),
        '\\' => into.push_str("\\\\"),
        '\n' => into.push_str("\\n"),
        '\r' => into.push_str("\\r"),
        '\t' => into.push_str("\\t"),
        '\0' => into.push_str("\\0"),
        '\u{7}' => into.push_str("\\a"),
        '\u{8}' => into.push_str("\\b"),
        '\u{b}' => into.push_str("\\v"),
        '\u{c}' => into.push_str("\\f"),
        '\u{1b}' => into.push_str("\\e"),
        '\u{85}' => into.push_str("\\N"),
        '\u{2028}' => into.push_str("\\L"),
        '\u{2029}' => into.push_str("\\P"),
        _ if code > 0xffff => {
            let _ = write!(into, "\\U{code:08X}");
        }
        c if c.is_control() => {
            let _ = write!(into, "\\x{code:02X}");
        }
        '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
            let _ = write!(into, "\\u{code:04X}");
        }
        c => into.push(c),
    }
}

#[cfg(test)]
mod tests {
    use crate::eval::tests::eval;

    /// Terraform 1.11.4 writes these.
    #[test]
    fn yaml_is_written_as_terraform_writes_it() {
        let cases = [
            (
                "{a = 1, b = [\"x\", true, null], c = {}, d = \"multi\\nline\", e = [], f = \"123\", g = {h = 1.5, i = [[1], {j = 2}]}}",
                "\"a\": 1\n\"b\":\n- \"x\"\n- true\n- null\n\"c\": {}\n\"d\": |-\n  multi\n  line\n\"e\": []\n\"f\": \"123\"\n\"g\":\n  \"h\": 1.5\n  \"i\":\n  - - 1\n  - \"j\": 2\n",
            ),
            ("\"x\"", "\"x\"\n"),
            ("1", "1\n...\n"),
            ("null", "null\n...\n"),
            (
                "[{a = 1, b = 2}, [1, [2]]]",
                "- \"a\": 1\n  \"b\": 2\n- - 1\n  - - 2\n",
            ),
            ("{m = \"a\\n\\nb\\n\\n\"}", "\"m\": |+\n  a\n\n  b\n\n"),
            ("{n = \"nl\\n\"}", "\"n\": |\n  nl\n"),
            ("{a = \" x\\n y\"}", "\"a\": |2-\n   x\n   y\n"),
            ("{m = \"\\nx\"}", "\"m\": |2-\n\n  x\n"),
            (
                "{m = \"x \\ny\", t = \"a\\tb\"}",
                "\"m\": \"x \\ny\"\n\"t\": \"a\\tb\"\n",
            ),
        ];
        for (value, expected) in cases {
            let text = eval(&format!("yamlencode({value})")).unwrap();
            assert_eq!(text.as_str(), Some(expected), "{value}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let value = "{a = [1, {b = \"x\\n y\\n\"}, [], [[2]]], \"é: #\" = \" lead\", c = \"\\u0001\\u2028yes\", d = null, e = \"\\n\"}";
        let equal = eval(&format!("yamldecode(yamlencode({value})) == {value}")).unwrap();
        assert_eq!(equal.as_bool(), Some(true));
    }
}
