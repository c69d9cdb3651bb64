//! A document's values, written in the native syntax.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use hcl_edit::Ident;
use jsonc_parser::ast::{Object, ObjectProp, ObjectPropName, StringLit, Value};
use jsonc_parser::common::Ranged;

use super::super::{KindNames, scan};
use super::{shape, text};
use crate::diagnostic::{Composer, Diagnostic, Diagnostics, Source, Span};

/// The arguments of an `engine` block, which tell it from a level of labels.
const ENGINE: &[&str] = &["host", "context", "for_each", "count", "tls", "lifecycle"];

/// Writes a configuration.
pub(super) fn configuration(
    source: &Arc<Source>,
    document: &Value<'_>,
    kinds: KindNames<'_>,
) -> Result<Arc<Source>, Diagnostics> {
    let mut writer = Writer::new(source, Some(kinds));
    for object in writer.objects(document) {
        writer.top(object, kinds);
    }
    writer.finish()
}

/// Writes the values of a variable file.
pub(super) fn values(source: &Arc<Source>, document: &Value<'_>) -> Result<Arc<Source>, Diagnostics> {
    let mut writer = Writer::new(source, None);
    match document {
        Value::Object(object) => {
            for property in &object.properties {
                writer.argument(&[], property);
            }
        }
        other => writer.problems.push(
            Diagnostic::error("Not an object")
                .detail("A variable file is an object: names with values.")
                .at(Span::new(source, range(other)), "something else"),
        ),
    }
    writer.finish()
}

struct Writer<'a> {
    source: &'a Arc<Source>,
    /// `None` in variable files, where strings are no templates.
    kinds: Option<KindNames<'a>>,
    written: Composer,
    problems: Diagnostics,
}

/// A level of objects below a block type: the labels so far, each with its place.
type Labels<'d> = Vec<(&'d str, Range<usize>)>;

impl<'a> Writer<'a> {
    fn new(source: &'a Arc<Source>, kinds: Option<KindNames<'a>>) -> Self {
        Self {
            source,
            kinds,
            written: Composer::default(),
            problems: Diagnostics::default(),
        }
    }

    fn finish(self) -> Result<Arc<Source>, Diagnostics> {
        if self.problems.has_errors() {
            return Err(self.problems);
        }
        Ok(self.written.finish(self.source.path.clone()))
    }

    fn top(&mut self, object: &Object<'_>, kinds: KindNames<'_>) {
        for property in properties(object) {
            let name = property.name.as_str();
            let labels = match (name, shape::top(name, kinds)) {
                (_, Some(labels)) => labels,
                ("engine", None) => usize::from(is_labelled(&property.value)),
                // Reading the configuration tells what is wrong with the name.
                (_, None) if matches!(property.value, Value::Object(_) | Value::Array(_)) => {
                    self.block(&[name], &Vec::new(), &key(property), None);
                    continue;
                }
                (_, None) => {
                    self.argument(&[], property);
                    continue;
                }
            };
            self.blocks(&[name], Vec::new(), key(property), &property.value, labels);
        }
    }

    /// Writes the blocks of a type, with so many levels of labels above them.
    fn blocks(
        &mut self,
        path: &[&str],
        labels: Labels<'_>,
        at: Range<usize>,
        value: &Value<'_>,
        levels: usize,
    ) {
        for object in self.objects(value) {
            if levels == 0 {
                self.block(path, &labels, &at, Some(object));
                continue;
            }
            for property in &object.properties {
                let mut labels = labels.clone();
                labels.push((property.name.as_str(), key(property)));
                self.blocks(path, labels, key(property), &property.value, levels - 1);
            }
        }
    }

    /// Writes a block. Its type stands where its last label does: what is between them is no part of it.
    fn block(&mut self, path: &[&str], labels: &Labels<'_>, at: &Range<usize>, object: Option<&Object<'_>>) {
        let Some(kind) = path.last() else { return };
        if !self.is_name(kind, at) {
            return;
        }
        self.piece(kind, at.clone());
        for (label, at) in labels {
            self.written.filler(" ");
            let quoted = quoted(label);
            self.piece(&quoted, at.clone());
        }
        self.written.filler(" {\n");
        for property in object.into_iter().flat_map(properties) {
            let name = property.name.as_str();
            let levels = self.kinds.and_then(|kinds| shape::nested(path, name, kinds));
            match levels {
                None => self.argument(path, property),
                // What a `dynamic` block generates has the shape of what its label names.
                Some(0) if *kind == "dynamic" => {
                    let generated = labels.first().map_or("", |(label, _)| label);
                    let around = &path[..path.len() - 1];
                    self.content(&[around, &[generated]].concat(), property);
                }
                Some(levels) => {
                    let path = [path, &[name]].concat();
                    self.blocks(&path, Vec::new(), key(property), &property.value, levels);
                }
            }
        }
        self.written.filler("}\n");
    }

    /// Writes the `content` of a `dynamic` block.
    fn content(&mut self, path: &[&str], property: &ObjectProp<'_>) {
        for object in self.objects(&property.value) {
            self.piece("content", key(property));
            self.written.filler(" {\n");
            for property in properties(object) {
                let name = property.name.as_str();
                match self.kinds.and_then(|kinds| shape::nested(path, name, kinds)) {
                    None => self.argument(path, property),
                    Some(levels) => {
                        let path = [path, &[name]].concat();
                        self.blocks(&path, Vec::new(), key(property), &property.value, levels);
                    }
                }
            }
            self.written.filler("}\n");
        }
    }

    fn argument(&mut self, path: &[&str], property: &ObjectProp<'_>) {
        let name = property.name.as_str();
        let at = key(property);
        if !self.is_name(name, &at) {
            return;
        }
        self.piece(name, at);
        self.written.filler(" = ");
        if shape::is_static(path, name) {
            self.native(&property.value);
        } else if shape::is_text(path, name) {
            let kinds = self.kinds.take();
            self.value(&property.value);
            self.kinds = kinds;
        } else {
            self.value(&property.value);
        }
        self.written.filler("\n");
    }

    fn is_name(&mut self, name: &str, at: &Range<usize>) -> bool {
        let is_name = Ident::try_new(name).is_ok();
        if !is_name {
            self.problems.push(
                Diagnostic::error("Not a name")
                    .detail(format!(
                        "`{name}` cannot be the name of an argument or of a block."
                    ))
                    .at(Span::new(self.source, at.clone()), "")
                    .help(
                        "A name begins with a letter or `_`, and goes on with letters, digits, `_` and `-`.",
                    ),
            );
        }
        is_name
    }

    /// Returns the objects that stand for blocks: one, or several in an array.
    fn objects<'d, 'v>(&mut self, value: &'v Value<'d>) -> Vec<&'v Object<'d>> {
        match value {
            Value::Object(object) => vec![object],
            Value::Array(array) => array
                .elements
                .iter()
                .flat_map(|element| self.objects(element))
                .collect(),
            other => {
                let range = other.range();
                self.problems.push(
                    Diagnostic::error("Not an object")
                        .detail("A block is an object, and several blocks are an array of objects.")
                        .at(Span::new(self.source, range.start..range.end), "neither of them"),
                );
                Vec::new()
            }
        }
    }

    /// Writes a value whose strings hold the native syntax.
    fn native(&mut self, value: &Value<'_>) {
        match value {
            Value::StringLit(string) => {
                let range = range(string);
                let read = text::read(&self.source.text, &range);
                match is_expression(&read.text) {
                    true => self.verbatim(&read, 0..read.text.len()),
                    false => self.string(string, false),
                }
            }
            Value::Array(array) => {
                self.written.filler("[");
                for element in &array.elements {
                    self.native(element);
                    self.written.filler(", ");
                }
                self.written.filler("]");
            }
            other => self.value(other),
        }
    }

    fn value(&mut self, value: &Value<'_>) {
        let whole = value.range();
        let (start, end) = (whole.start, whole.end);
        match value {
            Value::StringLit(string) => self.string(string, true),
            Value::Array(array) => {
                self.piece("[", start..start + 1);
                for element in &array.elements {
                    self.value(element);
                    self.written.filler(", ");
                }
                self.piece("]", end - 1..end);
            }
            Value::Object(object) => {
                self.piece("{", start..start + 1);
                self.refuse_repetition(object);
                for property in &object.properties {
                    if let ObjectPropName::String(name) = &property.name {
                        self.string(name, false);
                    }
                    self.written.filler(" = ");
                    self.value(&property.value);
                    self.written.filler(", ");
                }
                self.piece("}", end - 1..end);
            }
            // Numbers, `true`, `false` and `null` are written alike.
            Value::NumberLit(_) | Value::BooleanLit(_) | Value::NullKeyword(_) => {
                let source = self.source;
                self.piece(&source.text[start..end], start..end);
            }
        }
    }

    fn refuse_repetition(&mut self, object: &Object<'_>) {
        let mut seen = HashSet::new();
        for property in &object.properties {
            if !seen.insert(property.name.as_str()) {
                self.problems.push(
                    Diagnostic::error("Key set twice")
                        .detail(format!(
                            "`{}` is set before in the same object.",
                            property.name.as_str()
                        ))
                        .at(Span::new(self.source, key(property)), "set again here")
                        .help("Keep one of them."),
                );
            }
        }
    }

    /// Writes a string. One that is a single interpolation is what it interpolates, where that may stand.
    fn string(&mut self, string: &StringLit<'_>, unwrap: bool) {
        let range = range(string);
        let read = text::read(&self.source.text, &range);
        if unwrap
            && self.kinds.is_some()
            && let Some(inner) = interpolation(&read.text)
        {
            return self.verbatim(&read, inner);
        }
        self.piece("\"", range.start..range.start + 1);
        // In a document a strip marker takes white space away up to the end of its line.
        let is_stripped = self.kinds.is_some() && (read.text.contains("{~") || read.text.contains("~}"));
        let mut places = read.places.iter().peekable();
        while let Some((at, from)) = places.next() {
            let rest = &read.text[*at..];
            let length = match self.kinds {
                Some(_) => self.sequence(&read, *at, &range),
                None => 0,
            };
            if length == 0 {
                let escaped = escaped(rest, self.kinds.is_some());
                self.piece(&escaped, from.clone());
                if is_stripped && rest.starts_with('\n') {
                    self.written.filler("${\"\"}");
                }
                continue;
            }
            self.verbatim(&read, *at..at + length);
            while places.next_if(|(next, _)| *next < at + length).is_some() {}
        }
        self.piece("\"", range.end - 1..range.end);
    }

    /// Returns how long the template sequence at a place is; 0 if there is none.
    fn sequence(&mut self, read: &text::Text, at: usize, string: &Range<usize>) -> usize {
        let rest = &read.text[at..];
        if rest.starts_with("$${") || rest.starts_with("%%{") {
            return 3;
        }
        if !rest.starts_with("${") && !rest.starts_with("%{") {
            return 0;
        }
        match scan::template_end(&read.text, at + 2) {
            Some(end) => end - at,
            None => {
                self.problems.push(
                    Diagnostic::error("Unterminated template")
                        .detail("A `${` or `%{` in this string is never closed with `}`.")
                        .at(Span::new(self.source, string.clone()), "")
                        .help("To mean it literally, write `$${` or `%%{`."),
                );
                0
            }
        }
    }

    /// Writes a part of a string as it is.
    fn verbatim(&mut self, read: &text::Text, part: Range<usize>) {
        let first = read.places.partition_point(|(at, _)| *at < part.start);
        for (at, from) in read.places[first..].iter().take_while(|(at, _)| *at < part.end) {
            let character: String = read.text[*at..].chars().take(1).collect();
            self.piece(&character, from.clone());
        }
    }

    fn piece(&mut self, text: &str, from: Range<usize>) {
        self.written.piece(text, self.source, from);
    }
}

/// Returns the properties of a block that are no comments.
fn properties<'d, 'v>(object: &'v Object<'d>) -> impl Iterator<Item = &'v ObjectProp<'d>> {
    object
        .properties
        .iter()
        .filter(|property| property.name.as_str() != "//")
}

fn is_labelled(engine: &Value<'_>) -> bool {
    match engine {
        Value::Object(object) => {
            let mut names = properties(object).map(|property| property.name.as_str());
            !object.properties.is_empty() && names.all(|name| !ENGINE.contains(&name))
        }
        Value::Array(array) => array.elements.iter().any(is_labelled),
        _ => false,
    }
}

fn range(ranged: &impl Ranged) -> Range<usize> {
    let range = ranged.range();
    range.start..range.end
}

fn key(property: &ObjectProp<'_>) -> Range<usize> {
    range(&property.name)
}

/// Finds the one interpolation that a string is, if it can stand outside of a string as well.
fn interpolation(text: &str) -> Option<Range<usize>> {
    let is_whole = text.starts_with("${") && scan::template_end(text, 2) == Some(text.len());
    let inner = text.get(2..text.len().saturating_sub(1))?;
    (is_whole && is_expression(inner)).then(|| 2..text.len() - 1)
}

fn is_expression(text: &str) -> bool {
    let is_plain = !text.contains(['\n', '#', '~']) && !text.contains("//") && !text.contains("/*");
    is_plain && hcl_edit::parser::parse_expr(text).is_ok()
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for (at, _) in text.char_indices() {
        quoted.push_str(&escaped(&text[at..], false));
    }
    quoted.push('"');
    quoted
}

/// Writes the first character of a text so that it means itself. Where there are templates, what begins one has been dealt with.
fn escaped(text: &str, templates: bool) -> String {
    let mut chars = text.chars();
    let Some(first) = chars.next() else {
        return String::new();
    };
    match first {
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        '$' | '%' if !templates && chars.next() == Some('{') => format!("\\u{:04x}", u32::from(first)),
        control if control.is_control() => format!("\\u{:04x}", u32::from(control)),
        other => other.to_string(),
    }
}
