//! A value × a field's type → the value's canonical form.

use std::sync::Arc;

use hcl_edit::expr::{Expression, ObjectKey};

use super::units::{self, Wrong, wrong};
use crate::config::{Reference, span_of};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span, did_you_mean};
use crate::kinds::{FieldType, kind};
use crate::value::seal::plain;
use crate::value::{Entries, Type, Value, convert, type_of};

/// Brings the values of one attribute into their canonical form.
pub(super) struct Canonical<'a> {
    source: &'a Arc<Source>,
    name: &'a str,
    problems: &'a mut Diagnostics,
}

impl<'a> Canonical<'a> {
    pub(super) fn new(source: &'a Arc<Source>, name: &'a str, problems: &'a mut Diagnostics) -> Self {
        Self {
            source,
            name,
            problems,
        }
    }

    /// Brings a value into canonical form; what is wrong is reported at the expression that it comes from, or at the whole.
    pub(super) fn value(
        &mut self,
        ty: &FieldType,
        value: &Value,
        expression: Option<&Expression>,
        whole: &Span,
    ) -> Option<Value> {
        let span = match expression {
            Some(expression) => span_of(self.source, expression),
            None => whole.clone(),
        };
        if value.is_unknown() {
            return Some(Value::unknown(ty.language()).sensitive_if(value.sensitive));
        }
        let canonical = match ty {
            FieldType::List(element) => Value::tuple(self.elements(element, value, expression, &span)?),
            FieldType::Set(element) => {
                Value::tuple(sorted(self.elements(element, value, expression, &span)?))
            }
            FieldType::Map(element) => Value::object(self.entries(element, value, expression, &span)?),
            FieldType::Any => value.clone(),
            _ => match scalar(ty, value) {
                Ok(value) => value,
                Err(mut wrong) => {
                    if let Some(help) = self.attribute_of_block(ty, value, expression) {
                        wrong.help = help;
                    }
                    self.report(value, &wrong, span);
                    return None;
                }
            },
        };
        Some(canonical.sensitive_if(value.sensitive))
    }

    fn elements(
        &mut self,
        ty: &FieldType,
        value: &Value,
        expression: Option<&Expression>,
        span: &Span,
    ) -> Option<Vec<Value>> {
        let Some(elements) = value.as_elements() else {
            self.mismatch(value, "a list", span);
            return None;
        };
        let written: Vec<&Expression> = match expression {
            Some(Expression::Array(array)) => array.iter().collect(),
            _ => Vec::new(),
        };
        let decoded: Vec<Option<Value>> = elements
            .iter()
            .enumerate()
            .map(|(at, element)| self.element(ty, element, written.get(at).copied(), span))
            .collect();
        decoded.into_iter().collect()
    }

    fn element(
        &mut self,
        ty: &FieldType,
        value: &Value,
        expression: Option<&Expression>,
        whole: &Span,
    ) -> Option<Value> {
        if value.is_null() {
            let span = expression.map_or_else(|| whole.clone(), |written| span_of(self.source, written));
            self.problems.push(
                Diagnostic::error("Null element")
                    .detail(format!("An element of `{}` is null.", self.name))
                    .at(span, "null")
                    .help("Leave it out, for example with `compact(…)`."),
            );
            return None;
        }
        self.value(ty, value, expression, whole)
    }

    /// Entries that are null are left out: null means that something is not set.
    fn entries(
        &mut self,
        ty: &FieldType,
        value: &Value,
        expression: Option<&Expression>,
        span: &Span,
    ) -> Option<Entries> {
        let Some(entries) = value.as_entries() else {
            self.mismatch(value, "a map", span);
            return None;
        };
        let decoded: Vec<Option<(String, Value)>> = entries
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| {
                let written = expression.and_then(|expression| written_entry(expression, name));
                Some((name.clone(), self.value(ty, value, written, span)?))
            })
            .collect();
        decoded.into_iter().collect()
    }

    /// Says which attribute was meant where a whole block is referred to.
    fn attribute_of_block(
        &self,
        ty: &FieldType,
        value: &Value,
        expression: Option<&Expression>,
    ) -> Option<String> {
        value.as_entries()?;
        let reference = Reference::read(self.source, expression?).ok()?;
        kind(&reference.block.kind)?;
        let attribute = match ty {
            FieldType::ImageReference => "id",
            _ => "name",
        };
        let whole = &self.source.text[reference.span.range.clone()];
        Some(format!("Refer to one of its attributes: `{whole}.{attribute}`."))
    }

    fn mismatch(&mut self, value: &Value, wanted: &str, span: &Span) {
        let help = match (wanted, value.as_str()) {
            ("a list", Some(_)) => "A list is written `[\"…\", \"…\"]`, one text for each word or element.",
            ("a map", _) if value.as_elements().is_some() => "A map is written `{ NAME = \"value\" }`.",
            _ => "",
        };
        self.problems.push(
            Diagnostic::error("Wrong type")
                .detail(format!(
                    "`{}` takes {wanted}, and this is {}.",
                    self.name,
                    type_of(value).described()
                ))
                .at(span.clone(), format!("expected {wanted}"))
                .help(help),
        );
    }

    fn report(&mut self, value: &Value, wrong: &Wrong, span: Span) {
        // The words may quote the value.
        let detail = match value.as_str() {
            _ if value.sensitive => format!("The value is not what `{}` takes.", self.name),
            Some(text) => format!("`{text}` {}.", wrong.what),
            None => format!("The value {}.", wrong.what),
        };
        self.problems.push(
            Diagnostic::error("Invalid value")
                .detail(detail)
                .at(span, format!("in `{}`", self.name))
                .help(wrong.help.as_str()),
        );
    }
}

/// Finds the expression of an entry in an object that is written out.
fn written_entry<'e>(expression: &'e Expression, name: &str) -> Option<&'e Expression> {
    let Expression::Object(object) = expression else {
        return None;
    };
    let key_is = |key: &ObjectKey| match key {
        ObjectKey::Ident(ident) => ident.as_str() == name,
        ObjectKey::Expression(Expression::Variable(ident)) => ident.as_str() == name,
        ObjectKey::Expression(expression) => expression.as_str() == Some(name),
    };
    object
        .iter()
        .find(|(key, _)| key_is(key))
        .map(|(_, value)| value.expr())
}

/// Orders a set's elements by their text, for sets have no order of their own.
fn sorted(elements: Vec<Value>) -> Vec<Value> {
    let mut keyed: Vec<(String, Value)> = elements
        .into_iter()
        .map(|element| (plain(&element).to_string(), element))
        .collect();
    keyed.sort_by(|left, right| left.0.cmp(&right.0));
    // Unknown elements look alike and may still become different ones.
    keyed.dedup_by(|left, right| left.0 == right.0 && left.1.is_wholly_known() && right.1.is_wholly_known());
    keyed.into_iter().map(|(_, element)| element).collect()
}

fn scalar(ty: &FieldType, value: &Value) -> Result<Value, Wrong> {
    match ty {
        FieldType::String => as_type(value, &Type::String),
        FieldType::Bool => as_type(value, &Type::Bool),
        FieldType::Cpus => cpus(value),
        FieldType::Int(least, most) => whole(value, *least, *most),
        FieldType::Port => whole(value, 1, 65535),
        FieldType::Enum(words) => one_of(value, words),
        FieldType::Bytes => size(value),
        FieldType::BytesOrUnlimited => match as_type(value, &Type::Number) {
            Ok(limit) if limit.as_i64() == Some(-1) => Ok(limit),
            _ => size(value),
        },
        FieldType::Duration => text(value)
            .and_then(|text| units::duration(&text))
            .map(Value::from),
        FieldType::FileMode => text(value)
            .and_then(|text| units::file_mode(&text))
            .map(Value::from),
        FieldType::Ip => text(value).and_then(|text| units::ip(&text)).map(Value::from),
        FieldType::Cidr => text(value).and_then(|text| units::cidr(&text)).map(Value::from),
        FieldType::ObjectName => text(value)
            .and_then(|text| units::object_name(&text))
            .map(Value::from),
        FieldType::ImageReference => text(value).and_then(|text| units::image(&text)).map(Value::from),
        FieldType::LocalPath => text(value)
            .and_then(|text| units::local_path(&text))
            .map(Value::from),
        FieldType::HostPath | FieldType::ContainerPath => text(value)
            .and_then(|text| units::absolute_path(&text))
            .map(Value::from),
        FieldType::Signal => text(value).and_then(|text| units::signal(&text)).map(Value::from),
        // The others are decoded where their syntax is at hand.
        _ => Ok(value.clone()),
    }
}

fn size(value: &Value) -> Result<Value, Wrong> {
    match value.as_i64() {
        Some(bytes) if bytes >= 0 => Ok(Value::from(bytes)),
        _ => text(value).and_then(|text| units::bytes(&text)).map(Value::from),
    }
}

fn as_type(value: &Value, ty: &Type) -> Result<Value, Wrong> {
    convert(value, ty).map_err(|error| wrong(format!("does not fit here: {error}"), ""))
}

fn text(value: &Value) -> Result<String, Wrong> {
    let converted = as_type(value, &Type::String)?;
    Ok(converted.as_str().unwrap_or_default().to_owned())
}

fn whole(value: &Value, least: i64, most: i64) -> Result<Value, Wrong> {
    let number = as_type(value, &Type::Number)?;
    match number.as_i64() {
        Some(whole) if (least..=most).contains(&whole) => Ok(number),
        _ if most == i64::MAX => Err(wrong(format!("is not a whole number from {least} on"), "")),
        _ => Err(wrong(format!("is not a whole number from {least} to {most}"), "")),
    }
}

fn cpus(value: &Value) -> Result<Value, Wrong> {
    let number = as_type(value, &Type::Number)?;
    let positive = match &number.data {
        crate::value::Data::Number(number) => *number > crate::value::Number::from(0_i64),
        _ => false,
    };
    match positive {
        true => Ok(number),
        false => Err(wrong(
            "is not a number of CPUs",
            "A number of CPUs is greater than 0, such as `0.5`.",
        )),
    }
}

fn one_of(value: &Value, words: &[&str]) -> Result<Value, Wrong> {
    let text = text(value)?;
    if words.contains(&text.as_str()) {
        return Ok(Value::from(text));
    }
    let known: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    let hint = match did_you_mean(&text, words.iter().copied()) {
        Some(word) if !value.sensitive => format!("; did you mean `{word}`?"),
        _ => String::new(),
    };
    Err(wrong(format!("is not one of {}{hint}", known.join(", ")), ""))
}
