//! Values and types as `wharf console` answers with them: text that can be pasted back as an expression.
//!
//! In comes a value of the evaluator, secrets and all; what is sensitive or unknown is named, never shown. Control
//! characters are escaped wherever they stand.

use std::fmt::Write;

use serde_json::{Value as Json, json};

use crate::diagnostic::Diagnostics;
use crate::value::{Data, Type, Value};

use super::escape::{escape_json, is_dangerous};

/// What stands for a value that must not be shown.
const SENSITIVE: &str = "(sensitive value)";

/// Writes a value as an expression that gives it, collections with one element a line.
pub fn value(value: &Value) -> String {
    let mut text = String::new();
    push_value(&mut text, value, 0);
    text
}

/// Writes a type as a constraint, structures with one part a line.
pub fn ty(ty: &Type) -> String {
    let mut text = String::new();
    push_type(&mut text, ty, 0);
    text
}

/// Writes a value as one line of JSON: the value, its type, and where it is sensitive or unknown (null stands there).
pub fn value_json(value: &Value) -> String {
    let mut answer = format!(
        "{{\"value\":{},\"type\":{}",
        plain_json(value),
        json_type(&crate::value::type_of(value))
    );
    for (name, is_marked) in [
        (
            "sensitive",
            &(|value: &Value| value.sensitive) as &dyn Fn(&Value) -> bool,
        ),
        ("unknown", &|value: &Value| value.is_unknown() && !value.sensitive),
    ] {
        if let Some(marks) = marks(value, is_marked) {
            let _ = write!(answer, ",\"{name}\":{marks}");
        }
    }
    escape_json(&(answer + "}")).into_owned()
}

/// Writes the answer to `type(…)` as one line of JSON: the type alone.
pub fn type_json(ty: &Type) -> String {
    escape_json(&format!("{{\"type\":{}}}", json_type(ty))).into_owned()
}

/// Writes what is wrong with an expression as one line of JSON.
pub fn problems_json(problems: &Diagnostics) -> String {
    let problems: Vec<Json> = problems
        .0
        .iter()
        .map(super::diagnostic_json::diagnostic)
        .collect();
    escape_json(&json!({"diagnostics": problems}).to_string()).into_owned()
}

/// Numbers keep all their digits, which no parsed JSON would.
fn plain_json(value: &Value) -> String {
    let list = |elements: &[Value]| {
        let elements: Vec<String> = elements.iter().map(plain_json).collect();
        format!("[{}]", elements.join(","))
    };
    if value.sensitive {
        return "null".to_owned();
    }
    match &value.data {
        Data::Null(_) | Data::Unknown(_) => "null".to_owned(),
        Data::Bool(value) => value.to_string(),
        // JSON has no infinity.
        Data::Number(number) if number.is_infinite() => format!("\"{number}\""),
        Data::Number(number) => number.to_string(),
        Data::String(text) => Json::from(&**text).to_string(),
        Data::List(_, elements) | Data::Set(_, elements) | Data::Tuple(elements) => list(elements),
        Data::Map(_, entries) | Data::Object(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(name, value)| format!("{}:{}", Json::from(name.as_str()), plain_json(value)))
                .collect();
            format!("{{{}}}", entries.join(","))
        }
    }
}

/// Types are written as Terraform's JSON writes them: `"string"`, `["list","string"]`, `["object",{"a":"number"}]`.
fn json_type(ty: &Type) -> Json {
    match ty {
        Type::Any => json!("dynamic"),
        Type::List(element) => json!(["list", json_type(element)]),
        Type::Set(element) => json!(["set", json_type(element)]),
        Type::Map(element) => json!(["map", json_type(element)]),
        Type::Tuple(elements) => json!(["tuple", elements.iter().map(json_type).collect::<Vec<_>>()]),
        Type::Object(attributes) => {
            let attributes: serde_json::Map<String, Json> = attributes
                .iter()
                .map(|(name, attribute)| (name.clone(), json_type(&attribute.ty)))
                .collect();
            json!(["object", attributes])
        }
        primitive => json!(primitive.to_string()),
    }
}

/// Tells where a value is marked: `true` for what is, the marked entries alone of objects, every element of lists.
fn marks(value: &Value, is_marked: &dyn Fn(&Value) -> bool) -> Option<Json> {
    if is_marked(value) {
        return Some(Json::Bool(true));
    }
    if value.sensitive {
        return None;
    }
    if let Some(entries) = value.as_entries() {
        let found: serde_json::Map<String, Json> = entries
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), marks(value, is_marked)?)))
            .collect();
        return (!found.is_empty()).then_some(Json::Object(found));
    }
    let found: Vec<Option<Json>> = value
        .children()
        .map(|element| marks(element, is_marked))
        .collect();
    found.iter().any(Option::is_some).then(|| {
        found
            .into_iter()
            .map(|mark| mark.unwrap_or(Json::Bool(false)))
            .collect()
    })
}

fn push_value(text: &mut String, value: &Value, indent: usize) {
    if value.sensitive {
        text.push_str(SENSITIVE);
        return;
    }
    match &value.data {
        Data::Unknown(_) => text.push_str(super::sealed::UNKNOWN),
        Data::Null(ty) => push_null(text, ty),
        Data::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Data::Number(number) => {
            let _ = write!(text, "{number}");
        }
        Data::String(string) => push_string(text, string, indent),
        Data::List(_, elements) => push_elements(text, ("tolist(", ")"), elements, indent),
        Data::Set(_, elements) => push_elements(text, ("toset(", ")"), elements, indent),
        Data::Tuple(elements) => push_elements(text, ("", ""), elements, indent),
        Data::Map(_, entries) => push_entries(text, ("tomap(", ")"), entries.iter(), indent),
        Data::Object(entries) => push_entries(text, ("", ""), entries.iter(), indent),
    }
}

fn push_elements(text: &mut String, (open, close): (&str, &str), elements: &[Value], indent: usize) {
    text.push_str(open);
    text.push('[');
    for element in elements {
        new_line(text, indent + 2);
        push_value(text, element, indent + 2);
        text.push(',');
    }
    if !elements.is_empty() {
        new_line(text, indent);
    }
    text.push(']');
    text.push_str(close);
}

fn push_entries<'a>(
    text: &mut String,
    (open, close): (&str, &str),
    entries: impl ExactSizeIterator<Item = (&'a String, &'a Value)>,
    indent: usize,
) {
    let is_empty = entries.len() == 0;
    text.push_str(open);
    text.push('{');
    for (name, value) in entries {
        new_line(text, indent + 2);
        push_string(text, name, indent + 2);
        text.push_str(" = ");
        push_value(text, value, indent + 2);
    }
    if !is_empty {
        new_line(text, indent);
    }
    text.push('}');
    text.push_str(close);
}

/// A null says its type, as far as it has one.
fn push_null(text: &mut String, ty: &Type) {
    let (call, element) = match ty {
        Type::Any => return text.push_str("null"),
        Type::String => return text.push_str("tostring(null)"),
        Type::Number => return text.push_str("tonumber(null)"),
        Type::Bool => return text.push_str("tobool(null)"),
        Type::Tuple(_) => return text.push_str("null /* tuple */"),
        Type::Object(_) => return text.push_str("null /* object */"),
        Type::List(element) => ("tolist", element),
        Type::Set(element) => ("toset", element),
        Type::Map(element) => ("tomap", element),
    };
    let _ = write!(text, "{call}(null) /* of {} */", words(element));
}

/// Names a type in words, such as `list of string`.
fn words(ty: &Type) -> String {
    match ty {
        Type::Any => "dynamic".to_owned(),
        Type::Tuple(_) => "tuple".to_owned(),
        Type::Object(_) => "object".to_owned(),
        Type::List(element) => format!("list of {}", words(element)),
        Type::Set(element) => format!("set of {}", words(element)),
        Type::Map(element) => format!("map of {}", words(element)),
        primitive => primitive.to_string(),
    }
}

/// Text of several lines becomes a heredoc, anything else is quoted.
fn push_string(text: &mut String, string: &str, indent: usize) {
    if !string.contains('\n') {
        return push_quoted(text, string);
    }
    let mut marker = "EOT".to_owned();
    while string.split('\n').any(|line| line.trim() == marker) {
        marker.push('_');
    }
    // Inside of something the lines stand further in, and that is no part of the text.
    text.push_str(if indent > 0 { "<<-" } else { "<<" });
    text.push_str(&marker);
    let mut lines = string.split('\n').peekable();
    while let Some(line) = lines.next() {
        new_line(text, indent);
        let (line, end) = match line.strip_suffix('\r') {
            Some(line) if lines.peek().is_some() => (line, "\r"),
            _ => (line, ""),
        };
        for character in line.chars() {
            if character != '\t' && is_dangerous(character) {
                push_escaped(text, character);
            } else {
                text.push(character);
            }
        }
        text.push_str(end);
    }
    new_line(text, indent);
    text.push_str(&marker);
}

fn push_quoted(text: &mut String, string: &str) {
    text.push('"');
    for character in string.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            _ if is_printable(character) && !is_dangerous(character) => text.push(character),
            _ => push_escaped(text, character),
        }
    }
    text.push('"');
}

fn push_escaped(text: &mut String, character: char) {
    let code = u32::from(character);
    let _ = match character {
        '\u{7}' => write!(text, "\\a"),
        '\u{8}' => write!(text, "\\b"),
        '\u{b}' => write!(text, "\\v"),
        '\u{c}' => write!(text, "\\f"),
        '\n' => write!(text, "\\n"),
        '\r' => write!(text, "\\r"),
        '\t' => write!(text, "\\t"),
        _ if code < 0x20 || code == 0x7f => write!(text, "\\x{code:02x}"),
        _ if code < 0x1_0000 => write!(text, "\\u{code:04x}"),
        _ => write!(text, "\\U{code:08x}"),
    };
}

/// Tells whether a character has a shape of its own: no control, format or unassigned one, and no space but the plain one.
fn is_printable(character: char) -> bool {
    // The standard library knows, but tells only as a part of text: alone, a combining mark would be escaped too.
    character == '\'' || ['a', character].iter().collect::<String>().escape_debug().nth(1) == Some(character)
}

fn push_type(text: &mut String, ty: &Type, indent: usize) {
    match ty {
        Type::Any => text.push_str("dynamic"),
        Type::List(element) => push_collection_type(text, "list(", element, indent),
        Type::Set(element) => push_collection_type(text, "set(", element, indent),
        Type::Map(element) => push_collection_type(text, "map(", element, indent),
        Type::Tuple(elements) => {
            text.push_str("tuple([");
            for element in elements {
                new_line(text, indent + 4);
                push_type(text, element, indent + 4);
                text.push(',');
            }
            if !elements.is_empty() {
                new_line(text, indent);
            }
            text.push_str("])");
        }
        Type::Object(attributes) => {
            text.push_str("object({");
            for (name, attribute) in attributes {
                new_line(text, indent + 4);
                let _ = write!(text, "{}: ", super::escape::escape(name));
                push_type(text, &attribute.ty, indent + 4);
                text.push(',');
            }
            if !attributes.is_empty() {
                new_line(text, indent);
            }
            text.push_str("})");
        }
        primitive => {
            let _ = write!(text, "{primitive}");
        }
    }
}

fn push_collection_type(text: &mut String, open: &str, element: &Type, indent: usize) {
    text.push_str(open);
    if matches!(element, Type::Tuple(_) | Type::Object(_)) {
        new_line(text, indent + 4);
        push_type(text, element, indent + 4);
        text.push(',');
        new_line(text, indent);
    } else {
        push_type(text, element, indent);
    }
    text.push(')');
}

fn new_line(text: &mut String, indent: usize) {
    text.push('\n');
    text.extend(std::iter::repeat_n(' ', indent));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_one_line_is_quoted_and_of_several_a_heredoc() {
        let written = |text: &str| value(&Value::from(text));
        assert_eq!(
            written("a\"b\\${x}\t\u{1}é\u{a0}"),
            r#""a\"b\\${x}\t\x01é\u00a0""#
        );
        assert_eq!(written("e\u{301}'\u{10FFFF}"), "\"e\u{301}'\\U0010ffff\"");
        assert_eq!(written("a\nEOT\nb\n"), "<<EOT_\na\nEOT\nb\n\nEOT_");
    }

    #[test]
    fn heredocs_stand_as_far_in_as_what_holds_them() {
        let nested = Value::object([("a", Value::tuple([Value::from("x\n\ny")]))]);
        assert_eq!(
            value(&nested),
            "{\n  \"a\" = [\n    <<-EOT\n    x\n    \n    y\n    EOT,\n  ]\n}"
        );
    }

    #[test]
    fn control_characters_reach_no_terminal() {
        assert_eq!(
            value(&Value::from("\u{1b}[31m\n\u{202e}")),
            "<<EOT\n\\x1b[31m\n\\u202e\nEOT"
        );
    }

    #[test]
    fn secrets_and_unknowns_are_named_where_they_stand() {
        let list = Value::tuple([
            Value::from("hush").sensitive(),
            Value::unknown(Type::String).sensitive(),
            Value::unknown(Type::String),
        ]);
        assert_eq!(
            value(&list),
            "[\n  (sensitive value),\n  (sensitive value),\n  (known after apply),\n]"
        );
    }

    #[test]
    fn json_keeps_every_digit_and_no_secret() {
        let number = Data::Number("12345678901234567890123".parse().unwrap());
        let object = Value::object([
            ("a", Value::from(number)),
            (
                "b",
                Value::tuple([Value::from("hush").sensitive(), Value::unknown(Type::Bool)]),
            ),
        ]);
        assert_eq!(
            value_json(&object),
            concat!(
                r#"{"value":{"a":12345678901234567890123,"b":[null,null]},"#,
                r#""type":["object",{"a":"number","b":["tuple",["string","bool"]]}],"#,
                r#""sensitive":{"b":[true,false]},"unknown":{"b":[false,true]}}"#
            )
        );
    }

    #[test]
    fn nulls_say_their_type() {
        let written = |ty: Type| value(&Data::Null(ty).into());
        assert_eq!(written(Type::Any), "null");
        assert_eq!(written(Type::Number), "tonumber(null)");
        assert_eq!(written(Type::list(Type::Any)), "tolist(null) /* of dynamic */");
        assert_eq!(
            written(Type::map(Type::set(Type::Bool))),
            "tomap(null) /* of set of bool */"
        );
        assert_eq!(written(Type::Tuple(Vec::new())), "null /* tuple */");
    }

    #[test]
    fn types_break_their_lines_at_structures() {
        let object = crate::value::type_of(&Value::object([
            ("a", Value::from(1)),
            ("b", Value::tuple([Value::from("x")])),
        ]));
        let inner =
            "object({\n        a: number,\n        b: tuple([\n            string,\n        ]),\n    })";
        assert_eq!(ty(&Type::list(object)), format!("list(\n    {inner},\n)"));
        assert_eq!(ty(&Type::map(Type::list(Type::Any))), "map(list(dynamic))");
        assert_eq!(ty(&Type::Object(std::collections::BTreeMap::new())), "object({})");
    }
}
