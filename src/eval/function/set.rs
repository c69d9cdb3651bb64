//! Sets.

use super::collection::{element_type, sequence};
use super::{Call, Failure, Function, Kind, Marks, Outcome, any, function, param};
use crate::value::order::set_elements;
use crate::value::{Data, Type, Value, convert, equals, type_of, unify};

pub(super) const FUNCTIONS: &[Function] = &[
    function(
        "setintersection",
        &[param("first_set", Kind::Set).whole()],
        any,
        |call| combine(call, |in_all| in_all),
    )
    .variadic(param("other_sets", Kind::Set).whole()),
    function("setproduct", &[], any, setproduct)
        .variadic(param("sets", Kind::Any))
        .marks(Marks::Kept),
    function(
        "setsubtract",
        &[param("a", Kind::Set).whole(), param("b", Kind::Set).whole()],
        any,
        setsubtract,
    ),
    function(
        "setunion",
        &[param("first_set", Kind::Set).whole()],
        any,
        |call| combine(call, |_| true),
    )
    .variadic(param("other_sets", Kind::Set).whole()),
];

/// Converts the sets of a call to one element type.
fn unified_sets(call: &Call<'_>) -> Result<(Type, Vec<Value>), Failure> {
    // An empty set of nothing in particular goes with all others.
    let types: Vec<Type> = call
        .values
        .iter()
        .map(element_type)
        .filter(|ty| *ty != Type::Any)
        .collect();
    let ty = if types.is_empty() {
        Some(Type::Any)
    } else {
        unify(&types).filter(|ty| *ty != Type::Any)
    };
    let ty = ty.ok_or_else(|| Failure::new("all sets must have the same element type"))?;
    let sets: Result<Vec<Value>, _> = call
        .values
        .iter()
        .map(|set| convert(set, &Type::set(ty.clone())))
        .collect();
    Ok((ty, sets.map_err(|error| Failure::new(error.message))?))
}

fn has(set: &Value, wanted: &Value) -> bool {
    let elements = set.as_elements().unwrap_or_default();
    elements
        .iter()
        .any(|element| equals(element, wanted) == Some(true))
}

/// Unites or intersects sets: what is kept is decided by whether an element is in all of them.
fn combine(call: &Call<'_>, keep: fn(bool) -> bool) -> Outcome {
    let (ty, sets) = unified_sets(call)?;
    let kept = sets
        .iter()
        .flat_map(|set| set.as_elements().unwrap_or_default())
        .filter(|element| keep(sets.iter().all(|set| has(set, element))))
        .cloned()
        .collect();
    Ok(set_elements(ty, kept))
}

fn setsubtract(call: &Call<'_>) -> Outcome {
    let (ty, sets) = unified_sets(call)?;
    let kept = sets[0]
        .as_elements()
        .unwrap_or_default()
        .iter()
        .filter(|element| !has(&sets[1], element))
        .cloned()
        .collect();
    Ok(set_elements(ty, kept))
}

fn setproduct(call: &Call<'_>) -> Outcome {
    if call.len() < 2 {
        return Err(Failure::new("at least two sets are required"));
    }
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    let mut types = Vec::new();
    for at in 0..call.len() {
        let elements = sequence(call, at)?;
        if rows.len().saturating_mul(elements.len()) > 100_000 {
            return Err(Failure::new("the product has more than 100000 elements"));
        }
        let found: Vec<Type> = elements.iter().map(type_of).collect();
        types.push(match &call[at].data {
            Data::List(ty, _) | Data::Set(ty, _) => ty.clone(),
            _ => unify(&found).ok_or_else(|| Failure::at(at, "all elements must have the same type"))?,
        });
        rows = rows
            .into_iter()
            .flat_map(|row| {
                elements.iter().map(move |element| {
                    let mut row = row.clone();
                    row.push(element.clone());
                    row
                })
            })
            .collect();
    }
    let row_type = Type::Tuple(types);
    let rows = Value::tuple(rows.into_iter().map(Value::tuple));
    let sets = call
        .values
        .iter()
        .any(|value| matches!(value.data, Data::Set(..)));
    let ty = if sets {
        Type::set(row_type)
    } else {
        Type::list(row_type)
    };
    convert(&rows, &ty).map_err(|error| Failure::new(error.message))
}
