//! `count` and `for_each` → the keys of a block's instances.

use super::lifecycle::flag;
use crate::address::Key;
use crate::config::{Expr, Repetition};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::eval::{Scope, evaluate};
use crate::value::{Data, Type, Value, convert, type_of};

/// The instances of a block.
#[derive(Clone, Debug)]
pub(super) enum Expansion {
    /// One without a key.
    One,
    /// One for each number below a count.
    Count(u64),
    /// One for each key, with its value.
    Each(Vec<(String, Value)>),
    /// None at all: it is not enabled.
    Off,
    /// `count` or `for_each` is wrong, which has been reported.
    Failed,
}

impl Expansion {
    /// Returns the keys in order.
    pub(super) fn keys(&self) -> Vec<Option<Key>> {
        match self {
            Self::One => vec![None],
            Self::Count(count) => (0..*count).map(|index| Some(Key::Index(index))).collect(),
            Self::Each(elements) => elements
                .iter()
                .map(|(name, _)| Some(Key::Name(name.clone())))
                .collect(),
            Self::Off | Self::Failed => Vec::new(),
        }
    }

    /// Returns the instance with a key, if there is one.
    pub(super) fn instance(&self, key: Option<&Key>) -> Option<Repeated> {
        match (self, key) {
            (Self::One, None) => Some(Repeated::default()),
            (Self::Count(count), Some(Key::Index(index))) if index < count => Some(Repeated {
                count: i64::try_from(*index).ok().map(Value::from),
                each: None,
            }),
            (Self::Each(elements), Some(Key::Name(name))) => {
                let at = elements
                    .binary_search_by(|(known, _)| known.as_str().cmp(name))
                    .ok()?;
                Some(Repeated {
                    count: None,
                    each: Some((Value::from(name.as_str()), elements[at].1.clone())),
                })
            }
            _ => None,
        }
    }

    /// Returns which of the keys a key is.
    pub(super) fn position(&self, key: Option<&Key>) -> Option<usize> {
        match (self, key) {
            (Self::One, None) => Some(0),
            (Self::Count(count), Some(Key::Index(index))) if index < count => usize::try_from(*index).ok(),
            (Self::Each(elements), Some(Key::Name(name))) => elements
                .binary_search_by(|(known, _)| known.as_str().cmp(name))
                .ok(),
            _ => None,
        }
    }

    /// Counts the instances.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::One => 1,
            Self::Count(count) => usize::try_from(*count).unwrap_or(usize::MAX),
            Self::Each(elements) => elements.len(),
            Self::Off | Self::Failed => 0,
        }
    }

    /// Puts what references see of the instances, in the order of the keys, into one value.
    pub(super) fn assemble(&self, mut values: Vec<Value>) -> Value {
        match self {
            Self::One => values.pop().unwrap_or(Value::NULL),
            Self::Count(_) => Value::tuple(values),
            Self::Off => Value::NULL,
            Self::Each(elements) => Value::object(elements.iter().map(|(name, _)| name.clone()).zip(values)),
            Self::Failed => Value::unknown(Type::Any),
        }
    }
}

/// What `count.index`, `each.key` and `each.value` stand for in one instance.
#[derive(Clone, Debug, Default)]
pub(super) struct Repeated {
    /// `count.index`.
    pub(super) count: Option<Value>,
    /// `each.key` and `each.value`.
    pub(super) each: Option<(Value, Value)>,
}

impl Repeated {
    /// What they stand for where it is not known which instances there are.
    pub(super) fn unknown() -> Self {
        let unknown = Value::unknown(Type::Any);
        Self {
            count: Some(unknown.clone()),
            each: Some((Value::unknown(Type::String), unknown)),
        }
    }
}

/// Evaluates `count` or `for_each`.
pub(super) fn expand(repetition: &Repetition, scope: &dyn Scope) -> Result<Expansion, Diagnostics> {
    match repetition {
        Repetition::None => Ok(Expansion::One),
        Repetition::Count(expr) => count(expr, scope),
        Repetition::ForEach(expr) => for_each(expr, scope),
        Repetition::Enabled(expr) => match flag(expr, "enabled", scope)? {
            true => Ok(Expansion::One),
            false => Ok(Expansion::Off),
        },
    }
}

fn count(expr: &Expr, scope: &dyn Scope) -> Result<Expansion, Diagnostics> {
    let value = evaluate(&expr.expression, &expr.source, scope)?;
    let wrong = |what: &str, help: &str| -> Diagnostics {
        Diagnostic::error("Invalid count")
            .detail(format!("`count` {what}."))
            .at(expr.span(), "decides how many instances there are")
            .help(help)
            .into()
    };
    usable(&value, &wrong)?;
    let number =
        convert(&value, &Type::Number).map_err(|error| wrong(&format!("is no number: {error}"), ""))?;
    number
        .as_i64()
        .and_then(|count| u64::try_from(count).ok())
        .filter(|count| *count <= MOST_INSTANCES as u64)
        .map(Expansion::Count)
        .ok_or_else(|| wrong(&format!("is not a whole number from 0 to {MOST_INSTANCES}"), ""))
}

/// More instances of all blocks together than any engine could hold: that is a mistake, and would fill the memory.
pub(super) const MOST_INSTANCES: usize = 100_000;

fn for_each(expr: &Expr, scope: &dyn Scope) -> Result<Expansion, Diagnostics> {
    let value = evaluate(&expr.expression, &expr.source, scope)?;
    let wrong = |what: &str, help: &str| -> Diagnostics {
        Diagnostic::error("Invalid for_each")
            .detail(format!("`for_each` {what}."))
            .at(expr.span(), "decides which instances there are")
            .help(help)
            .into()
    };
    usable(&value, &wrong)?;
    let mut elements: Vec<(String, Value)> = match &value.data {
        Data::Map(_, entries) | Data::Object(entries) => entries
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        Data::Set(Type::String | Type::Any, elements) => {
            let mut named = Vec::new();
            for element in elements.iter() {
                usable(element, &|what, help| {
                    wrong(&format!("has an element that {what}"), help)
                })?;
                let name = element
                    .as_str()
                    .ok_or_else(|| wrong("has an element that is not a string", ""))?;
                named.push((name.to_owned(), element.clone()));
            }
            named
        }
        Data::Tuple(_) | Data::List(..) => {
            return Err(wrong(
                "takes a map or a set of strings, and this is a list",
                "Write `toset(…)` around it if its elements are different strings.",
            ));
        }
        _ => {
            return Err(wrong(
                &format!(
                    "takes a map or a set of strings, and this is {}",
                    type_of(&value).described()
                ),
                "",
            ));
        }
    };
    elements.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(Expansion::Each(elements))
}

/// What decides on the instances must be known, and will be shown.
fn usable(value: &Value, wrong: &dyn Fn(&str, &str) -> Diagnostics) -> Result<(), Diagnostics> {
    if value.sensitive {
        return Err(wrong(
            "is sensitive, and would be shown in addresses",
            "If it is no secret, write `nonsensitive(…)` around it.",
        ));
    }
    if value.is_unknown() {
        return Err(wrong(
            "is known only after apply",
            "Use what the configuration itself decides, such as a variable or the keys of a map.",
        ));
    }
    if value.is_null() {
        return Err(wrong("is null", ""));
    }
    Ok(())
}
