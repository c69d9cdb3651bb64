//! Blocks → text of the configuration language.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Adoption, Block};
use crate::engine::ObjectKind;
use crate::kinds::{Field, FieldType, Presence, Spec};
use crate::value::{Data, Value};
use crate::view::escape::quote;
use crate::view::units;

/// Returns the blocks as text. `with_imports` adds the blocks that take each object over.
pub fn text(adoption: &Adoption, with_imports: bool) -> String {
    let variables = adoption.secrets.iter().map(|(name, _)| variable(name));
    let writer = Writer::new(&adoption.blocks);
    let blocks = adoption.blocks.iter().map(|block| writer.block(block));
    let imports = adoption.blocks.iter().filter(|_| with_imports).map(import);
    variables
        .chain(blocks)
        .chain(imports)
        .collect::<Vec<_>>()
        .join("\n")
}

fn variable(name: &str) -> String {
    format!(
        "variable {} {{\n  type      = string\n  sensitive = true\n}}\n",
        quote(name)
    )
}

fn import(block: &Block) -> String {
    format!(
        "import {{\n  to = {}\n  id = {}\n}}\n",
        block.address,
        quote(&block.id)
    )
}

/// Knows which names are those of other blocks.
struct Writer {
    references: BTreeMap<(ObjectKind, String), String>,
    /// The addresses of containers by id.
    containers: BTreeMap<String, String>,
}

/// One line, or several, of a body.
enum Line {
    /// `name = value`, where the value stands on one line.
    Short(String, String),
    /// Anything longer.
    Long(String),
}

impl Writer {
    fn new(blocks: &[Block]) -> Self {
        let references = blocks.iter().filter_map(|block| {
            let object = block.kind.object()?;
            Some(((object, block.name.clone()), format!("{}.name", block.address)))
        });
        let containers = blocks
            .iter()
            .filter(|block| block.kind.object() == Some(ObjectKind::Container));
        let containers = containers.map(|block| (block.id.clone(), block.address.to_string()));
        Self {
            references: references.collect(),
            containers: containers.collect(),
        }
    }

    fn block(&self, block: &Block) -> String {
        let kind = quote(&block.address.name);
        let body = self.body(block.kind.fields(), &block.spec, &block.secrets, 1, None);
        format!("{} {kind} {{\n{body}}}\n", block.address.kind)
    }

    /// Writes attributes in the order of FIELDS, then nested blocks. `within` is the nested block that this is the body of.
    fn body(
        &self,
        fields: &[Field],
        spec: &Spec,
        secrets: &[(String, String)],
        depth: usize,
        within: Option<&str>,
    ) -> String {
        let indent = "  ".repeat(depth);
        let set = || {
            fields
                .iter()
                .filter(|field| !matches!(field.presence, Presence::Computed | Presence::Derived))
                .filter_map(|field| Some((field, spec.get(field.name)?)))
        };
        let lines: Vec<Line> = set()
            .filter(|(field, _)| !is_block(field))
            .map(|(field, value)| self.attribute(field, value, secrets, &indent, within))
            .collect();
        let mut text = aligned(&lines, &indent);
        for (field, value) in set().filter(|(field, _)| is_block(field)) {
            let (FieldType::Block(inner) | FieldType::Blocks(inner, _)) = field.ty else {
                continue;
            };
            let blocks: Vec<&Spec> = match value.as_entries() {
                Some(entries) => vec![entries],
                None => value
                    .as_elements()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_entries)
                    .collect(),
            };
            for block in blocks {
                let body = self.body(inner, block, &[], depth + 1, Some(field.name));
                if !text.is_empty() {
                    text.push('\n');
                }
                let _ = match body.is_empty() {
                    true => writeln!(text, "{indent}{} {{}}", field.name),
                    false => writeln!(text, "{indent}{} {{\n{body}{indent}}}", field.name),
                };
            }
        }
        text
    }

    fn attribute(
        &self,
        field: &Field,
        value: &Value,
        secrets: &[(String, String)],
        indent: &str,
        within: Option<&str>,
    ) -> Line {
        if let Some(reference) = self.reference(field, value, within) {
            return Line::Short(field.name.to_owned(), reference);
        }
        if let (FieldType::Map(_), Some(entries)) = (&field.ty, value.as_entries()) {
            let inner = format!("{indent}  ");
            let lines: Vec<Line> = entries
                .iter()
                .map(|(key, value)| {
                    let secret = secrets
                        .iter()
                        .find(|(name, _)| field.name == "env" && name == key);
                    let value = secret.map_or_else(
                        || literal(&FieldType::Any, value),
                        |(_, name)| format!("var.{name}"),
                    );
                    Line::Short(map_key(key), value)
                })
                .collect();
            let entries = aligned(&lines, &inner);
            return Line::Long(format!("{indent}{} = {{\n{entries}{indent}}}\n", field.name));
        }
        Line::Short(field.name.to_owned(), literal(&field.ty, value))
    }

    /// Returns the reference to the block that a name belongs to.
    fn reference(&self, field: &Field, value: &Value, within: Option<&str>) -> Option<String> {
        if within.is_none() && matches!(field.name, "network_mode" | "pid" | "ipc") {
            let id = value.as_str()?.strip_prefix("container:")?;
            return Some(format!("\"container:${{{}.id}}\"", self.containers.get(id)?));
        }
        let object = match (within?, field.name) {
            ("mount", "volume") => ObjectKind::Volume,
            ("network", "name") => ObjectKind::Network,
            _ => return None,
        };
        self.references
            .get(&(object, value.as_str()?.to_owned()))
            .cloned()
    }
}

fn is_block(field: &Field) -> bool {
    matches!(field.ty, FieldType::Block(_) | FieldType::Blocks(..))
}

/// Lines up the equals signs of attributes that stand together.
fn aligned(lines: &[Line], indent: &str) -> String {
    let mut text = String::new();
    let mut rest = lines;
    while let Some(line) = rest.first() {
        if let Line::Long(long) = line {
            text += long;
            rest = &rest[1..];
            continue;
        }
        let together: Vec<(&String, &String)> = rest
            .iter()
            .map_while(|line| match line {
                Line::Short(name, value) => Some((name, value)),
                Line::Long(_) => None,
            })
            .collect();
        let width = together
            .iter()
            .map(|(name, _)| name.chars().count())
            .max()
            .unwrap_or(0);
        for (name, value) in &together {
            let _ = writeln!(text, "{indent}{name:width$} = {value}");
        }
        rest = &rest[together.len()..];
    }
    text
}

fn map_key(key: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let plain = key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && key.chars().all(is_name);
    // These would be read as values.
    match plain && !matches!(key, "null" | "true" | "false" | "for") {
        true => key.to_owned(),
        false => quote(key),
    }
}

/// Writes a value as people write one of its type.
fn literal(ty: &FieldType, value: &Value) -> String {
    let number = value.as_i64();
    match (ty, number) {
        (FieldType::Bytes | FieldType::BytesOrUnlimited, Some(bytes)) if bytes > 0 => {
            quote(&units::bytes(bytes))
        }
        (FieldType::Duration, Some(nanoseconds)) => quote(&units::duration(nanoseconds)),
        (FieldType::FileMode, Some(mode)) => quote(&units::file_mode(mode)),
        _ => plain(ty, value),
    }
}

fn plain(ty: &FieldType, value: &Value) -> String {
    match &value.data {
        Data::String(text) => quote(text),
        Data::Bool(value) => value.to_string(),
        Data::Number(number) => number.to_string(),
        _ => match (value.as_elements(), value.as_entries()) {
            (Some(elements), _) => {
                let inner = match ty {
                    FieldType::List(inner) | FieldType::Set(inner) => inner,
                    _ => &FieldType::Any,
                };
                let elements: Vec<String> = elements.iter().map(|element| literal(inner, element)).collect();
                format!("[{}]", elements.join(", "))
            }
            (_, Some(entries)) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(key, value)| format!("{} = {}", map_key(key), literal(&FieldType::Any, value)))
                    .collect();
                format!("{{ {} }}", entries.join(", "))
            }
            _ => "null".to_owned(),
        },
    }
}
