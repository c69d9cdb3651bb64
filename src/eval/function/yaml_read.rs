//! YAML → values. Plain words are resolved as YAML 1.1 has it where it matters: `yes`, `on` and `y` are true.

use std::collections::{BTreeMap, HashMap};

use dashu_int::IBig;
use granit_parser::{Event, Parser, ScalarStyle, Tag};
use unicode_normalization::UnicodeNormalization;

use super::time::timestamp_text;
use super::{Call, Failure, Outcome};
use crate::value::{Data, Number, Type, Value, convert};

/// How deep a document may be nested.
const MAX_DEPTH: usize = 128;

pub(super) fn yamldecode(call: &Call<'_>) -> Outcome {
    let mut reader = Reader {
        parser: Parser::new_from_str(call.text(0)),
        anchors: HashMap::new(),
        line: 1,
    };
    reader.document().map_err(|message| {
        Failure::at(
            0,
            format!("it is not valid YAML (line {}): {message}", reader.line),
        )
    })
}

struct Reader<'a> {
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    /// What was given a name, once it is complete.
    anchors: HashMap<usize, Value>,
    line: usize,
}

impl<'a> Reader<'a> {
    /// Returns the next event that says something about values.
    fn event(&mut self) -> Result<Event<'a>, String> {
        loop {
            match self.parser.next() {
                None => return Ok(Event::StreamEnd),
                Some(Ok((Event::Comment(..) | Event::Anchor(..) | Event::StreamStart, _))) => {}
                Some(Ok((event, span))) => {
                    self.line = span.start.line();
                    return Ok(event);
                }
                Some(Err(error)) => {
                    self.line = error.marker().line();
                    return Err("this cannot stand here".to_owned());
                }
            }
        }
    }

    fn document(&mut self) -> Result<Value, String> {
        let Event::DocumentStart(..) = self.event()? else {
            return Err("there is no document".to_owned());
        };
        let first = self.event()?;
        let value = self.node(first, 0)?;
        loop {
            match self.event()? {
                Event::DocumentEnd => {}
                Event::StreamEnd => return Ok(value),
                _ => return Err("there is more than one document".to_owned()),
            }
        }
    }

    fn node(&mut self, event: Event<'a>, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err(format!("it is nested more than {MAX_DEPTH} deep"));
        }
        let (anchor, value) = match event {
            Event::Scalar(text, style, anchor, tag) => (
                anchor,
                scalar(&text, style == ScalarStyle::Plain, tag.as_deref())?,
            ),
            Event::SequenceStart(_, anchor, tag) => {
                collection_tag(tag.as_deref(), "seq")?;
                let mut elements = Vec::new();
                loop {
                    match self.event()? {
                        Event::SequenceEnd => break,
                        event => elements.push(self.node(event, depth + 1)?),
                    }
                }
                (anchor, Value::tuple(elements))
            }
            Event::MappingStart(_, anchor, tag) => {
                collection_tag(tag.as_deref(), "map")?;
                (anchor, self.mapping(depth)?)
            }
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned();
                return value.ok_or_else(|| "an alias stands for what it is in".to_owned());
            }
            _ => return Err("a value is missing".to_owned()),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, String> {
        let mut entries = BTreeMap::new();
        let mut merged = BTreeMap::new();
        loop {
            let key = match self.event()? {
                Event::MappingEnd => break,
                Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<" => None,
                event => Some(self.node(event, depth + 1)?),
            };
            let event = self.event()?;
            let value = self.node(event, depth + 1)?;
            match key {
                Some(key) => {
                    let key = convert(&key, &Type::String).ok();
                    let name = key.as_ref().and_then(Value::as_str);
                    let name = name.ok_or("the key of a mapping must be a word, a number or a bool")?;
                    entries.insert(name.to_owned(), value);
                }
                None => {
                    let inner = value.as_entries().ok_or("only a mapping can be merged with <<")?;
                    let inner = inner.iter().map(|(name, value)| (name.clone(), value.clone()));
                    merged.extend(inner);
                }
            }
        }
        merged.extend(entries);
        Ok(Value::object(merged))
    }
}

/// Holds a collection to its tag.
fn collection_tag(tag: Option<&Tag>, kind: &str) -> Result<(), String> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema_tag(kind) => Err("this tag is not supported".to_owned()),
        _ => Ok(()),
    }
}

/// Finds the value of a scalar.
fn scalar(text: &str, plain: bool, tag: Option<&Tag>) -> Result<Value, String> {
    let written = || Value::string(text.nfc().collect::<String>());
    let Some(tag) = tag else {
        return if plain { resolved(text) } else { Ok(written()) };
    };
    let is = |kind: &str| tag.handle() == "tag:yaml.org,2002:" && tag.suffix() == kind;
    let is_bare = tag.handle().is_empty() && tag.suffix() == "!";
    if is("str") || is("binary") || is_bare {
        return Ok(written());
    }
    if !["int", "float", "bool", "null", "timestamp"].into_iter().any(is) {
        return Err("this tag is not supported".to_owned());
    }
    if !plain {
        return Ok(written());
    }
    let value = resolved(text)?;
    let fits = match &value.data {
        Data::Null(_) => is("null"),
        Data::Bool(_) => is("bool"),
        Data::Number(number) => is("float") || (is("int") && number.to_integer().is_some()),
        _ => is("timestamp") && timestamp_text(text).is_some(),
    };
    match fits {
        true => Ok(value),
        false => Err("the value is not what its tag says".to_owned()),
    }
}

/// Finds the value of a plain word.
fn resolved(text: &str) -> Result<Value, String> {
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::NULL,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => true.into(),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => false.into(),
        _ if matches!(
            text.trim_start_matches(['+', '-']),
            ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN"
        ) =>
        {
            return Err("a number that is not finite has no value here".to_owned());
        }
        _ => match number(text) {
            Some(number) => Data::Number(number).into(),
            None => match timestamp_text(text) {
                Some(time) => time.into(),
                None => Value::string(text.nfc().collect::<String>()),
            },
        },
    })
}

/// Reads a number: decimal, `0x` or `0o`.
fn number(text: &str) -> Option<Number> {
    let in_base = |digits: &str, base: u32| {
        let is_valid = !digits.is_empty() && digits.chars().all(|c| c.is_digit(base));
        is_valid
            .then(|| IBig::from_str_radix(digits, base).ok().map(Number::from))
            .flatten()
    };
    if let Some(digits) = text.strip_prefix("0x") {
        return in_base(digits, 16);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return in_base(digits, 8);
    }
    let is_number = text.contains(|c: char| c.is_ascii_digit())
        && !text.trim_start_matches(['+', '-', '.']).starts_with(['e', 'E']);
    is_number.then(|| text.parse().ok()).flatten()
}
