//! A block's body × its kind's FIELDS → a spec, each attribute in its canonical form.

mod canonical;
mod units;

use std::sync::Arc;

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Block, Body};
use indexmap::IndexMap;

use super::dynamic::Generator;
use crate::address::ModulePath;
use crate::config::{Reference, header_span, span_of};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span, did_you_mean};
use crate::eval::{Scope, evaluate, explained};
use crate::kinds::{Field, FieldType, Presence, Spec};
use crate::value::{Entries, Type, Value};

/// What came out of a body.
pub(super) struct Decoded {
    /// The attributes.
    pub(super) spec: Spec,
    /// Where each of them is set, by path.
    pub(super) spans: IndexMap<String, Span>,
}

/// Decodes the body of a block.
///
/// `what` is what the block is called in messages, such as `container.web`; `module` is the module instance that it is in.
pub(super) fn decode(
    fields: &[Field],
    body: &Body,
    source: &Arc<Source>,
    header: &Span,
    what: &str,
    module: &ModulePath,
    scope: &dyn Scope,
) -> Result<Decoded, Diagnostics> {
    let mut decoder = Decoder {
        source,
        what,
        module,
        problems: Diagnostics::default(),
        spans: IndexMap::new(),
    };
    let spec = decoder.table(fields, body, header, "", scope);
    if decoder.problems.has_errors() {
        return Err(decoder.problems);
    }
    Ok(Decoded {
        spec,
        spans: decoder.spans,
    })
}

struct Decoder<'a> {
    source: &'a Arc<Source>,
    what: &'a str,
    module: &'a ModulePath,
    problems: Diagnostics,
    spans: IndexMap<String, Span>,
}

/// One of a table's nested blocks, written or generated, with what names stand for in it.
enum Nested<'b> {
    Written(&'b Block),
    Generated(&'b Block, Generator),
}

impl Decoder<'_> {
    /// Decodes a body by its table.
    fn table(
        &mut self,
        fields: &[Field],
        body: &Body,
        header: &Span,
        prefix: &str,
        scope: &dyn Scope,
    ) -> Entries {
        let before = self.problems.0.len();
        let mut spec = Entries::new();
        for attribute in body.attributes() {
            if let Some(field) = self.attribute_field(fields, attribute, header, prefix)
                && let Some(value) = self.attribute(field, attribute, prefix, scope)
            {
                spec.insert(field.name.to_owned(), value);
            }
        }
        self.blocks(fields, body, prefix, scope, &mut spec);
        if self.problems.0.len() == before {
            self.missing(fields, &spec, header);
        }
        spec
    }

    fn missing(&mut self, fields: &[Field], spec: &Entries, header: &Span) {
        for field in fields {
            if field.presence == Presence::Required && !spec.contains_key(field.name) {
                self.problems.push(
                    Diagnostic::error("Missing attribute")
                        .detail(format!("`{}` needs `{}`. {}", self.what, field.name, field.doc))
                        .at(header.clone(), format!("`{}` is missing here", field.name)),
                );
            }
        }
    }

    /// Finds the row of an attribute, or reports why there is none for it.
    fn attribute_field<'f>(
        &mut self,
        fields: &'f [Field],
        attribute: &Attribute,
        header: &Span,
        prefix: &str,
    ) -> Option<&'f Field> {
        let name = attribute.key.as_str();
        let span = span_of(self.source, &attribute.key);
        let problem = match fields.iter().find(|field| field.name == name) {
            Some(field) if is_block(field) => Diagnostic::error("Block written as an attribute")
                .detail(format!("`{name}` is a block."))
                .at(span, "written with `=`")
                .help(format!("Write `{name} {{ … }}`.")),
            Some(field) if matches!(field.presence, Presence::Computed | Presence::Derived) => {
                Diagnostic::error("Attribute cannot be set")
                    .detail(format!(
                        "`{name}` is not chosen by the configuration. {}",
                        field.doc
                    ))
                    .at(span, "set here")
                    .help(elsewhere(name, fields).map_or_else(|| "Take it out.".to_owned(), instead))
            }
            Some(field) => return Some(field),
            None => Diagnostic::error("Unknown attribute")
                .detail(format!("{} has no attribute `{name}`.", self.place(prefix)))
                .at(span, "not known here")
                .related(header.clone(), "in this block")
                .help(
                    elsewhere(name, fields)
                        .map_or_else(|| meant(name, fields, |field| !is_block(field)), instead),
                ),
        };
        self.problems.push(problem);
        None
    }

    fn place(&self, prefix: &str) -> String {
        match prefix.trim_end_matches('.') {
            "" => format!("`{}`", self.what),
            prefix => format!("The block `{prefix}` of `{}`", self.what),
        }
    }

    /// Evaluates one attribute; null is as good as not set.
    fn attribute(
        &mut self,
        field: &Field,
        attribute: &Attribute,
        prefix: &str,
        scope: &dyn Scope,
    ) -> Option<Value> {
        let path = format!("{prefix}{}", field.name);
        let span = span_of(self.source, &attribute.value);
        self.spans.insert(path, span.clone());
        if matches!(field.ty, FieldType::Reference) {
            return self.reference(&attribute.value);
        }
        let value = self
            .problems
            .note(evaluate(&attribute.value, self.source, scope))?;
        if value.is_null() {
            return None;
        }
        let mut problems = Diagnostics::default();
        let value = canonical::Canonical::new(self.source, field.name, &mut problems).value(
            &field.ty,
            &value,
            Some(&attribute.value),
            &span,
        );
        self.problems
            .extend(explained(problems, &attribute.value, self.source, scope));
        value
    }

    fn reference(&mut self, expression: &Expression) -> Option<Value> {
        if matches!(expression, Expression::Null(_)) {
            return None;
        }
        let reference = self.problems.note(Reference::read(self.source, expression))?;
        let address = self.module.instance(&reference.block, reference.key);
        Some(Value::from(address.to_string()))
    }

    /// Decodes the nested blocks, written and generated ones, in source order.
    fn blocks(&mut self, fields: &[Field], body: &Body, prefix: &str, scope: &dyn Scope, spec: &mut Entries) {
        let mut found: IndexMap<&'static str, Vec<Value>> = IndexMap::new();
        for block in body.blocks() {
            let (name, nested) = match self.expand(block, scope) {
                None => continue,
                Some(expanded) => expanded,
            };
            let Some(field) = self.block_field(fields, block, &name, prefix) else {
                continue;
            };
            let Some(nested) = nested else {
                // How many blocks there will be is not known yet.
                spec.insert(field.name.to_owned(), Value::unknown(Type::Any));
                continue;
            };
            for nested in nested {
                let at = found.entry(field.name).or_default().len();
                let value = self.nested(field, at, &nested, prefix, scope);
                found.entry(field.name).or_default().push(value);
            }
        }
        for (name, mut values) in found {
            let repeated = fields
                .iter()
                .any(|field| field.name == name && matches!(field.ty, FieldType::Blocks(..)));
            let value = match repeated {
                true => Some(Value::tuple(values)),
                false => values.pop(),
            };
            // An unknown number of generated blocks beside written ones leaves the whole unknown.
            if let Some(value) = value
                && !spec.contains_key(name)
            {
                spec.insert(name.to_owned(), value);
            }
        }
    }

    /// Returns the name of a block's type, and the blocks that it stands for: itself, or those it generates.
    fn expand<'b>(
        &mut self,
        block: &'b Block,
        scope: &dyn Scope,
    ) -> Option<(String, Option<Vec<Nested<'b>>>)> {
        if block.ident.as_str() != "dynamic" {
            return Some((
                block.ident.as_str().to_owned(),
                Some(vec![Nested::Written(block)]),
            ));
        }
        let dynamic = super::dynamic::Dynamic::read(block, self.source);
        let dynamic = self.problems.note(dynamic)?;
        let generators = self.problems.note(dynamic.generators(self.source, scope))?;
        let nested = generators.map(|generators| {
            generators
                .into_iter()
                .map(|generator| Nested::Generated(dynamic.content, generator))
                .collect()
        });
        Some((dynamic.name.to_owned(), nested))
    }

    /// Finds the row of a nested block, or reports why there is none for it.
    fn block_field<'f>(
        &mut self,
        fields: &'f [Field],
        block: &Block,
        name: &str,
        prefix: &str,
    ) -> Option<&'f Field> {
        let span = header_span(self.source, block);
        let is_dynamic = block.ident.as_str() == "dynamic";
        let problem = match fields.iter().find(|field| field.name == name) {
            Some(field) if matches!(field.presence, Presence::Computed | Presence::Derived) => {
                Diagnostic::error("Attribute cannot be set")
                    .detail(format!(
                        "`{name}` is not chosen by the configuration. {}",
                        field.doc
                    ))
                    .at(span, "set here")
                    .help("Take it out.")
            }
            Some(field) if is_block(field) && (is_dynamic || block.labels.is_empty()) => return Some(field),
            Some(field) if is_block(field) => Diagnostic::error("Wrong number of labels")
                .detail(format!("A `{name}` block has no labels."))
                .at(span, "has a label")
                .help(format!("Write `{name} {{ … }}`.")),
            Some(field) => Diagnostic::error("Attribute written as a block")
                .detail(format!("`{name}` is an attribute."))
                .at(span, "written as a block")
                .help(match field.ty {
                    FieldType::Map(_) => format!("Write `{name} = {{ … }}`."),
                    FieldType::List(_) | FieldType::Set(_) => format!("Write `{name} = [ … ]`."),
                    _ => format!("Write `{name} = …`."),
                }),
            None => Diagnostic::error("Unknown block")
                .detail(format!("{} has no block `{name}`.", self.place(prefix)))
                .at(span, "not known here")
                .help(meant(name, fields, is_block)),
        };
        self.problems.push(problem);
        None
    }

    fn nested(
        &mut self,
        field: &Field,
        at: usize,
        nested: &Nested<'_>,
        prefix: &str,
        scope: &dyn Scope,
    ) -> Value {
        let (block, generator) = match nested {
            Nested::Written(block) => (block, None),
            Nested::Generated(block, generator) => (block, Some(generator)),
        };
        let header = header_span(self.source, block);
        let (fields, path) = match field.ty {
            FieldType::Block(fields) => (fields, format!("{prefix}{}", field.name)),
            FieldType::Blocks(fields, _) => (fields, format!("{prefix}{}[{at}]", field.name)),
            _ => return Value::NULL,
        };
        if at > 0 && matches!(field.ty, FieldType::Block(_)) {
            self.problems.push(
                Diagnostic::error("Repeated block")
                    .detail(format!("`{}` may stand once in a block.", field.name))
                    .at(header.clone(), "stands again here"),
            );
        }
        self.spans.insert(path.clone(), header.clone());
        let prefix = format!("{path}.");
        let spec = match generator {
            None => self.table(fields, &block.body, &header, &prefix, scope),
            Some(generator) => {
                let inner = generator.scope(scope);
                self.table(fields, &block.body, &header, &prefix, &inner)
            }
        };
        Value::object(spec)
    }
}

/// Tells whether a row is a nested block.
fn is_block(field: &Field) -> bool {
    matches!(field.ty, FieldType::Block(_) | FieldType::Blocks(..))
}

/// Finds the row that does what an attribute of another tool does under another name.
fn elsewhere<'f>(name: &str, fields: &'f [Field]) -> Option<&'f Field> {
    const NAMES: [(&str, &str); 13] = [
        ("container_name", "name"),
        ("destroy_grace_seconds", "stop_timeout"),
        ("devices", "device"),
        ("environment", "env"),
        ("logging", "log"),
        ("mem_limit", "memory"),
        ("mounts", "mount"),
        ("networks", "network"),
        ("ports", "port"),
        ("stop_grace_period", "stop_timeout"),
        ("ulimits", "ulimit"),
        ("upload", "file"),
        ("volumes", "mount"),
    ];
    let (_, ours) = NAMES.iter().find(|(theirs, _)| *theirs == name)?;
    fields.iter().find(|field| field.name == *ours)
}

/// Says what is written instead.
fn instead(row: &Field) -> String {
    match row.ty {
        FieldType::Blocks(..) => format!("Write a block for each: `{} {{ … }}`.", row.name),
        FieldType::Block(_) => format!("Write a block: `{} {{ … }}`.", row.name),
        _ => format!("It is called `{}` here.", row.name),
    }
}

/// Says what was probably meant.
fn meant(wrong: &str, fields: &[Field], same_form: fn(&Field) -> bool) -> String {
    let settable = |field: &&Field| !matches!(field.presence, Presence::Computed | Presence::Derived);
    let names = || fields.iter().filter(settable);
    let near = did_you_mean(
        wrong,
        names().filter(|field| same_form(field)).map(|field| field.name),
    )
    .or_else(|| did_you_mean(wrong, names().map(|field| field.name)));
    match near {
        Some(name) => format!("Did you mean `{name}`?"),
        None => {
            let list: Vec<&str> = names()
                .filter(|field| same_form(field))
                .map(|field| field.name)
                .collect();
            listed(&list)
        }
    }
}

/// Lists what there is, if that is short enough to be of help.
pub(super) fn listed(names: &[&str]) -> String {
    match names.len() {
        1..=16 => format!("There is: {}.", names.join(", ")),
        _ => String::new(),
    }
}
