//! Conversions between types: what happens to a value where a type is asked for.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::order::set_elements;
use super::ty::{AttributeType, Type, type_of};
use super::unify::unify;
use super::{Data, Entries, Number, Value};

/// A value cannot become what is asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConvertError {
    /// Where in the value, such as `.ports[0]`; empty for the value itself.
    pub path: String,
    /// What is wrong there, such as `a number is required, not a string`. Never quotes the value.
    pub message: String,
}

impl ConvertError {
    fn new(message: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            message: message.into(),
        }
    }

    fn below(mut self, step: impl std::fmt::Display) -> Self {
        self.path = format!("{step}{}", self.path);
        self
    }
}

/// Converts a value to a type. Marks travel; unknown values stay unknown, of the new type.
///
/// # Errors
/// There is no such conversion, or this value has none.
pub fn convert(value: &Value, ty: &Type) -> Result<Value, ConvertError> {
    if matches!(ty, Type::Any) {
        return Ok(value.clone());
    }
    let converted = match &value.data {
        Data::Null(from) => {
            possible(from, ty)?;
            Data::Null(settle(from, ty)).into()
        }
        Data::Unknown(from) => {
            possible(from, ty)?;
            Data::Unknown(settle(from, ty)).into()
        }
        _ => convert_known(value, ty).map_err(|error| hidden_in(value, error))?,
    };
    Ok(converted.sensitive_if(value.sensitive))
}

/// The keys of a sensitive value are sensitive, so the place inside is not told.
fn hidden_in(value: &Value, mut error: ConvertError) -> ConvertError {
    if value.sensitive {
        error.path.clear();
    }
    error
}

fn convert_known(value: &Value, ty: &Type) -> Result<Value, ConvertError> {
    let mismatch = || mismatch(&type_of(value), ty);
    // Without elements, the type that they would have is all that is left of it. An object has attributes all the same, and
    // what is to become of those that are optional.
    let is_empty = match &value.data {
        Data::List(_, elements) | Data::Set(_, elements) => elements.is_empty(),
        Data::Map(_, entries) => entries.is_empty(),
        _ => false,
    };
    let is_collection = matches!(ty, Type::List(_) | Type::Set(_) | Type::Map(_));
    let settled = (is_empty && is_collection).then(|| settle(&type_of(value), ty));
    let ty = settled.as_ref().unwrap_or(ty);
    match ty {
        Type::Any => Ok(value.clone()),
        Type::String | Type::Number | Type::Bool => convert_primitive(value, ty),
        Type::List(element) => {
            let elements = value.as_elements().ok_or_else(mismatch)?;
            let (element, elements) = convert_elements(elements, element)?;
            Ok(Data::List(element, elements.into()).into())
        }
        Type::Set(element) => {
            let elements = value.as_elements().ok_or_else(mismatch)?;
            let (element, elements) = convert_elements(elements, element)?;
            Ok(set_elements(element, elements))
        }
        Type::Map(element) => {
            let entries = value.as_entries().ok_or_else(mismatch)?;
            let (names, values): (Vec<&String>, Vec<Value>) =
                entries.iter().map(|(name, value)| (name, value.clone())).unzip();
            let step = |at: usize| format!("[{:?}]", names[at]);
            let (element, values) = convert_all(&values, element, step)?;
            let entries = names.into_iter().cloned().zip(values).collect();
            Ok(Data::Map(element, Arc::new(entries)).into())
        }
        Type::Tuple(types) => {
            let elements = match &value.data {
                Data::Tuple(elements) => elements,
                _ => return Err(mismatch()),
            };
            if elements.len() != types.len() {
                return Err(ConvertError::new(format!(
                    "a tuple of {} elements is required, not of {}",
                    types.len(),
                    elements.len()
                )));
            }
            let elements: Result<Vec<Value>, ConvertError> = elements
                .iter()
                .zip(types)
                .enumerate()
                .map(|(at, (element, ty))| {
                    convert(element, ty).map_err(|error| error.below(format_args!("[{at}]")))
                })
                .collect();
            Ok(Value::tuple(elements?))
        }
        Type::Object(attributes) => {
            let entries = value.as_entries().ok_or_else(mismatch)?;
            convert_object(entries, attributes)
        }
    }
}

fn convert_primitive(value: &Value, ty: &Type) -> Result<Value, ConvertError> {
    match (&value.data, ty) {
        (Data::String(_), Type::String) | (Data::Number(_), Type::Number) | (Data::Bool(_), Type::Bool) => {
            Ok(Value::from(value.data.clone()))
        }
        (Data::Number(number), Type::String) => Ok(number.to_string().into()),
        (Data::Bool(value), Type::String) => Ok(value.to_string().into()),
        (Data::String(text), Type::Number) => text
            .parse::<Number>()
            .map(|number| Data::Number(number).into())
            .map_err(|_| ConvertError::new("a number is required, and this string is not one")),
        (Data::String(text), Type::Bool) => match &**text {
            "true" | "1" => Ok(true.into()),
            "false" | "0" => Ok(false.into()),
            _ => Err(ConvertError::new(
                "a bool is required, and this string is neither \"true\" nor \"false\"",
            )),
        },
        _ => Err(mismatch(&type_of(value), ty)),
    }
}

fn convert_elements(elements: &[Value], element: &Type) -> Result<(Type, Vec<Value>), ConvertError> {
    convert_all(elements, element, |at| format!("[{at}]"))
}

/// Converts the elements of a collection to one type; `any` stands for the type that fits them all.
fn convert_all(
    elements: &[Value],
    element: &Type,
    step: impl Fn(usize) -> String,
) -> Result<(Type, Vec<Value>), ConvertError> {
    let target = match element {
        Type::Any => {
            let types: Vec<Type> = elements.iter().map(type_of).collect();
            unify(&types)
                .filter(|unified| *unified != Type::Any || types.iter().all(|ty| *ty == Type::Any))
                .ok_or_else(|| ConvertError::new("all elements must have the same type"))?
        }
        decided => decided.clone(),
    };
    let mut converted = Vec::with_capacity(elements.len());
    for (at, value) in elements.iter().enumerate() {
        converted.push(convert(value, &target).map_err(|error| error.below(step(at)))?);
    }
    // A constraint such as `list(list(any))` is only settled by its elements.
    if target.has_any() && !converted.is_empty() {
        let types: Vec<Type> = converted.iter().map(type_of).collect();
        if let Some(settled) = unify(&types).filter(|settled| settled != &target) {
            for value in &mut converted {
                *value = convert(value, &settled)?;
            }
            return Ok((settled, converted));
        }
    }
    Ok((without_optional(&target), converted))
}

fn convert_object(
    entries: &Entries,
    attributes: &BTreeMap<String, AttributeType>,
) -> Result<Value, ConvertError> {
    let mut converted = Entries::with_capacity(attributes.len());
    let mut missing = Vec::new();
    for (name, attribute) in attributes {
        let given = entries.get(name);
        let value = match (given, &attribute.default) {
            // A default also stands in for a null.
            (Some(value), Some(default)) if value.is_null() => {
                convert(default, &attribute.ty).map(|default| default.sensitive_if(value.sensitive))
            }
            (Some(value), _) => convert(value, &attribute.ty),
            (None, Some(default)) => convert(default, &attribute.ty),
            (None, None) if attribute.optional => Ok(Data::Null(attribute.ty.clone()).into()),
            (None, None) => {
                missing.push(format!("\"{name}\""));
                continue;
            }
        };
        converted.insert(
            name.clone(),
            value.map_err(|error| error.below(format_args!(".{name}")))?,
        );
    }
    match missing.as_slice() {
        [] => Ok(Data::Object(Arc::new(converted)).into()),
        [one] => Err(ConvertError::new(format!("the attribute {one} is required"))),
        many => Err(ConvertError::new(format!(
            "the attributes {} are required",
            many.join(", ")
        ))),
    }
}

/// Tells whether values of one type can become another at all: what can be said of a null or an unknown.
pub(super) fn possible(from: &Type, to: &Type) -> Result<(), ConvertError> {
    match (from, to) {
        (Type::Any, _) | (_, Type::Any) => Ok(()),
        (from, to) if from == to => Ok(()),
        (Type::Number | Type::Bool, Type::String) | (Type::String, Type::Number | Type::Bool) => Ok(()),
        (Type::List(from) | Type::Set(from), Type::List(to) | Type::Set(to))
        | (Type::Map(from), Type::Map(to)) => possible(from, to),
        (Type::Tuple(from), Type::List(to) | Type::Set(to)) => {
            from.iter().try_for_each(|from| possible(from, to))
        }
        (Type::Tuple(from), Type::Tuple(to)) if from.len() == to.len() => {
            from.iter().zip(to).try_for_each(|(from, to)| possible(from, to))
        }
        (Type::Object(from), Type::Map(to)) => from
            .values()
            .try_for_each(|attribute| possible(&attribute.ty, to)),
        (Type::Object(from), Type::Object(to)) => {
            to.iter().try_for_each(|(name, attribute)| match from.get(name) {
                Some(from) => {
                    possible(&from.ty, &attribute.ty).map_err(|error| error.below(format_args!(".{name}")))
                }
                None if attribute.optional => Ok(()),
                None => Err(ConvertError::new(format!("the attribute \"{name}\" is required"))),
            })
        }
        (Type::Map(from), Type::Object(to)) => to
            .values()
            .try_for_each(|attribute| possible(from, &attribute.ty)),
        _ => Err(mismatch(from, to)),
    }
}

/// Fills the undecided parts of a constraint from the type that a value already has.
fn settle(from: &Type, to: &Type) -> Type {
    match (from, to) {
        (from, Type::Any) => from.clone(),
        (Type::List(from) | Type::Set(from), Type::List(to)) => Type::list(settle(from, to)),
        (Type::List(from) | Type::Set(from), Type::Set(to)) => Type::set(settle(from, to)),
        (Type::Map(from), Type::Map(to)) => Type::map(settle(from, to)),
        (Type::Tuple(from), Type::List(to)) if matches!(**to, Type::Any) => {
            Type::list(unify(from).unwrap_or(Type::Any))
        }
        (Type::Tuple(from), Type::Set(to)) if matches!(**to, Type::Any) => {
            Type::set(unify(from).unwrap_or(Type::Any))
        }
        (Type::Object(from), Type::Map(to)) if matches!(**to, Type::Any) => {
            let types: Vec<Type> = from.values().map(|attribute| attribute.ty.clone()).collect();
            Type::map(unify(&types).unwrap_or(Type::Any))
        }
        (_, to) => without_optional(to),
    }
}

/// Optional attributes are a matter of constraints; the type of a value has none.
fn without_optional(ty: &Type) -> Type {
    match ty {
        Type::Object(attributes) => Type::Object(
            attributes
                .iter()
                .map(|(name, attribute)| {
                    (
                        name.clone(),
                        AttributeType::required(without_optional(&attribute.ty)),
                    )
                })
                .collect(),
        ),
        Type::List(element) => Type::list(without_optional(element)),
        Type::Set(element) => Type::set(without_optional(element)),
        Type::Map(element) => Type::map(without_optional(element)),
        Type::Tuple(elements) => Type::Tuple(elements.iter().map(without_optional).collect()),
        other => other.clone(),
    }
}

fn mismatch(from: &Type, to: &Type) -> ConvertError {
    ConvertError::new(format!(
        "{} is required, not {}",
        to.described(),
        from.described()
    ))
}
