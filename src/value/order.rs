//! Equality as the language has it, and the order of a set's elements.

use std::cmp::Ordering;

use super::seal::plain;
use super::ty::type_of;
use super::{Data, Type, Value};

/// Compares without converting: values of different types are not equal. `None` if that is not known yet.
pub fn equals(left: &Value, right: &Value) -> Option<bool> {
    match (&left.data, &right.data) {
        (Data::Unknown(_), _) | (_, Data::Unknown(_)) => None,
        (Data::Null(_), _) | (_, Data::Null(_)) => Some(left.is_null() && right.is_null()),
        (Data::Bool(left), Data::Bool(right)) => Some(left == right),
        (Data::Number(left), Data::Number(right)) => Some(left.compare(right) == Ordering::Equal),
        (Data::String(left), Data::String(right)) => Some(left == right),
        (Data::List(_, _), Data::List(_, _))
        | (Data::Set(_, _), Data::Set(_, _))
        | (Data::Tuple(_), Data::Tuple(_)) => {
            if !matches!(left.data, Data::Tuple(_)) && type_of(left) != type_of(right) {
                return Some(false);
            }
            let (left, right) = (left.as_elements()?, right.as_elements()?);
            if left.len() != right.len() {
                return Some(false);
            }
            all_equal(left.iter().zip(right))
        }
        (Data::Map(_, _), Data::Map(_, _)) | (Data::Object(_), Data::Object(_)) => {
            if matches!(left.data, Data::Map(_, _)) && type_of(left) != type_of(right) {
                return Some(false);
            }
            let (left, right) = (left.as_entries()?, right.as_entries()?);
            if !left.keys().eq(right.keys()) {
                return Some(false);
            }
            all_equal(left.values().zip(right.values()))
        }
        _ => Some(false),
    }
}

fn all_equal<'a>(mut pairs: impl Iterator<Item = (&'a Value, &'a Value)>) -> Option<bool> {
    pairs.try_fold(true, |so_far, (left, right)| {
        match (so_far, equals(left, right)) {
            (false, _) => Some(false),
            (true, answer) => answer,
        }
    })
}

/// Makes a set: sorted, without repetition. Marks of elements move to the set, for a set shows what is in it.
pub fn set_elements(element: Type, elements: Vec<Value>) -> Value {
    let sensitive = elements.iter().any(Value::is_sensitive_anywhere);
    let mut elements: Vec<Value> = elements
        .into_iter()
        .map(|element| without_marks(&element))
        .collect();
    elements.sort_by(order);
    elements.dedup_by(|left, right| equals(left, right) == Some(true));
    Value::from(Data::Set(element, elements.into())).sensitive_if(sensitive)
}

/// Takes the marks away, here and inside.
pub fn without_marks(value: &Value) -> Value {
    if !value.is_sensitive_anywhere() {
        return value.clone();
    }
    match &value.data {
        Data::List(ty, elements) => Data::List(ty.clone(), elements.iter().map(without_marks).collect()),
        Data::Set(ty, elements) => Data::Set(ty.clone(), elements.iter().map(without_marks).collect()),
        Data::Tuple(elements) => Data::Tuple(elements.iter().map(without_marks).collect()),
        Data::Map(ty, entries) => Data::Map(
            ty.clone(),
            std::sync::Arc::new(
                entries
                    .iter()
                    .map(|(name, value)| (name.clone(), without_marks(value)))
                    .collect(),
            ),
        ),
        Data::Object(entries) => Data::Object(std::sync::Arc::new(
            entries
                .iter()
                .map(|(name, value)| (name.clone(), without_marks(value)))
                .collect(),
        )),
        other => other.clone(),
    }
    .into()
}

/// The order of a set: primitives by value, others by their text; null and unknown last.
fn order(left: &Value, right: &Value) -> Ordering {
    match (&left.data, &right.data) {
        (Data::String(left), Data::String(right)) => left.cmp(right),
        (Data::Number(left), Data::Number(right)) => left.compare(right),
        (Data::Bool(left), Data::Bool(right)) => left.cmp(right),
        _ => rank(left)
            .cmp(&rank(right))
            .then_with(|| plain(left).to_string().cmp(&plain(right).to_string())),
    }
}

fn rank(value: &Value) -> u8 {
    match value.data {
        Data::Unknown(_) => 2,
        Data::Null(_) => 1,
        _ => 0,
    }
}
