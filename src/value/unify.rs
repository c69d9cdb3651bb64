//! One type for several: what lists, conditionals and `coalesce` make of values of different types.

use std::collections::BTreeMap;

use super::convert::possible;
use super::ty::{AttributeType, Type};

/// Finds the type that all the given types convert to; `None` if there is none. Of no types it is [`Type::Any`].
pub fn unify(types: &[Type]) -> Option<Type> {
    // Text takes in the other primitive types, wherever it stands.
    if types.iter().any(|ty| matches!(ty, Type::String))
        && types
            .iter()
            .all(|ty| ty.is_primitive() || matches!(ty, Type::Any))
    {
        return Some(Type::String);
    }
    if let Some(unified) = unify_objects(types) {
        return unified;
    }
    if let Some(unified) = unify_tuples(types) {
        return unified;
    }
    let (first, rest) = types.split_first().unwrap_or((&Type::Any, &[]));
    rest.iter()
        .try_fold(first.clone(), |unified, ty| pair(&unified, ty))
}

fn unify_objects(types: &[Type]) -> Option<Option<Type>> {
    let mut all = Vec::new();
    let mut undecided = false;
    for ty in types {
        match ty {
            Type::Any => undecided = true,
            Type::Object(attributes) => all.push(attributes),
            _ => return None,
        }
    }
    let first = all.first()?;
    if undecided {
        return Some(Some(Type::Any));
    }
    if !all.iter().all(|other| other.keys().eq(first.keys())) {
        let elements: Vec<Type> = all
            .iter()
            .flat_map(|attributes| attributes.values().map(|attribute| attribute.ty.clone()))
            .collect();
        return Some(unify(&elements).map(Type::map));
    }
    let attributes: Option<BTreeMap<String, AttributeType>> = first
        .keys()
        .map(|name| {
            let types: Vec<Type> = all.iter().map(|attributes| attributes[name].ty.clone()).collect();
            Some((name.clone(), AttributeType::required(unify(&types)?)))
        })
        .collect();
    Some(attributes.map(Type::Object))
}

fn unify_tuples(types: &[Type]) -> Option<Option<Type>> {
    let mut all = Vec::new();
    let mut undecided = false;
    for ty in types {
        match ty {
            Type::Any => undecided = true,
            Type::Tuple(elements) => all.push(elements),
            _ => return None,
        }
    }
    let first = all.first()?;
    if undecided {
        return Some(Some(Type::Any));
    }
    if !all.iter().all(|other| other.len() == first.len()) {
        let elements: Vec<Type> = all.iter().flat_map(|elements| elements.iter().cloned()).collect();
        return Some(unify(&elements).map(Type::list));
    }
    let elements: Option<Vec<Type>> = (0..first.len())
        .map(|at| {
            unify(
                &all.iter()
                    .map(|elements| elements[at].clone())
                    .collect::<Vec<_>>(),
            )
        })
        .collect();
    Some(elements.map(Type::Tuple))
}

fn pair(left: &Type, right: &Type) -> Option<Type> {
    match (left, right) {
        // What a null beside a collection will be is not decided by the collection.
        (Type::Any, other) | (other, Type::Any) if other.is_primitive() => Some(other.clone()),
        (Type::Any, _) | (_, Type::Any) => Some(Type::Any),
        (left, right) if left == right => Some(left.clone()),
        (Type::String, other) | (other, Type::String) if other.is_primitive() => Some(Type::String),
        (Type::List(left), Type::List(right)) => Some(Type::list(pair(left, right)?)),
        (Type::Set(left), Type::Set(right)) => Some(Type::set(pair(left, right)?)),
        (Type::Map(left), Type::Map(right)) => Some(Type::map(pair(left, right)?)),
        (list @ Type::List(_), set @ Type::Set(_)) | (set @ Type::Set(_), list @ Type::List(_)) => {
            possible(set, list).ok().map(|()| list.clone())
        }
        (Type::List(element), Type::Tuple(elements)) | (Type::Tuple(elements), Type::List(element)) => {
            Some(Type::list(with(element, elements.iter().cloned())?))
        }
        (set @ Type::Set(_), tuple @ Type::Tuple(_)) | (tuple @ Type::Tuple(_), set @ Type::Set(_)) => {
            possible(tuple, set).ok().map(|()| set.clone())
        }
        (Type::Map(element), Type::Object(attributes)) | (Type::Object(attributes), Type::Map(element)) => {
            let types = attributes.values().map(|attribute| attribute.ty.clone());
            Some(Type::map(with(element, types)?))
        }
        (Type::Object(_), Type::Object(_)) => unify_objects(&[left.clone(), right.clone()])?,
        (Type::Tuple(_), Type::Tuple(_)) => unify_tuples(&[left.clone(), right.clone()])?,
        _ => None,
    }
}

fn with(element: &Type, others: impl Iterator<Item = Type>) -> Option<Type> {
    let types: Vec<Type> = std::iter::once(element.clone()).chain(others).collect();
    unify(&types)
}
