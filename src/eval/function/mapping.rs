//! Maps and objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::collection::{list, ordered};
use super::{Call, Failure, Function, Kind, Marks, Outcome, any, function, param};
use crate::value::{Data, Entries, Type, Value, convert, type_of};

pub(super) const FUNCTIONS: &[Function] = &[
    function("keys", &[param("inputMap", Kind::Any)], any, keys).marks(Marks::Kept),
    function(
        "lookup",
        &[param("inputMap", Kind::Any), param("key", Kind::String)],
        any,
        lookup,
    )
    .variadic(param("default", Kind::Any).nullable().early())
    .marks(Marks::Kept),
    function("merge", &[], any, merge)
        .variadic(param("maps", Kind::Any).nullable())
        .marks(Marks::Kept),
    function(
        "transpose",
        &[param("values", Kind::MapOfStrings).whole()],
        any,
        transpose,
    ),
    function("values", &[param("mapping", Kind::Any)], any, values).marks(Marks::Kept),
    function(
        "zipmap",
        &[param("keys", Kind::Strings).whole(), param("values", Kind::Any)],
        any,
        zipmap,
    )
    .marks(Marks::Kept),
];

fn mapping<'a>(call: &'a Call<'_>, at: usize) -> Result<&'a Entries, Failure> {
    call[at].as_entries().ok_or_else(|| {
        Failure::at(
            at,
            format!(
                "a map or an object is required, not {}",
                type_of(&call[at]).described()
            ),
        )
    })
}

fn keys(call: &Call<'_>) -> Outcome {
    let names: Vec<Value> = mapping(call, 0)?
        .keys()
        .map(|name| name.as_str().into())
        .collect();
    Ok(match call[0].data {
        Data::Map(..) => list(Type::String, names),
        _ => Value::tuple(names),
    })
}

fn lookup(call: &Call<'_>) -> Outcome {
    if call.len() > 3 {
        return Err(Failure::at(3, "only one default can be given"));
    }
    let entries = mapping(call, 0)?;
    let default = call.get(2);
    let default = match &call[0].data {
        Data::Map(ty, _) if !matches!(ty, Type::Any) => default
            .map(|default| convert(default, ty))
            .transpose()
            .map_err(|error| {
                Failure::at(
                    2,
                    format!("the default must have the type of the map's elements: {error}"),
                )
            })?,
        _ => default.cloned(),
    };
    entries
        .get(call.text(1))
        .cloned()
        .or(default)
        .ok_or_else(|| Failure::at(1, "there is no element with this key, and no default is given"))
}

fn merge(call: &Call<'_>) -> Outcome {
    let mut merged = BTreeMap::new();
    let mut types = Vec::new();
    for (at, value) in call.values.iter().enumerate() {
        match &value.data {
            Data::Null(ty @ (Type::Any | Type::Map(_) | Type::Object(_))) => {
                types.push(ty.clone());
                continue;
            }
            _ => types.push(type_of(value)),
        }
        for (name, value) in mapping(call, at)? {
            merged.insert(name.clone(), value.clone());
        }
    }
    match types.split_first() {
        Some((Type::Map(ty), rest)) if rest.iter().all(|other| other == &types[0]) => {
            Ok(Data::Map((**ty).clone(), Arc::new(merged.into_iter().collect())).into())
        }
        _ => Ok(Value::object(merged)),
    }
}

fn transpose(call: &Call<'_>) -> Outcome {
    let mut turned: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (name, values) in mapping(call, 0)? {
        for value in values.as_elements().unwrap_or_default() {
            let key = value
                .as_str()
                .ok_or_else(|| Failure::at(0, "a null cannot become a key"))?;
            turned
                .entry(key.to_owned())
                .or_default()
                .push(name.as_str().into());
        }
    }
    let entries = turned
        .into_iter()
        .map(|(name, values)| (name, list(Type::String, values)))
        .collect();
    Ok(Data::Map(Type::list(Type::String), Arc::new(entries)).into())
}

fn values(call: &Call<'_>) -> Outcome {
    let values = mapping(call, 0)?.values().cloned().collect();
    Ok(match &call[0].data {
        Data::Map(ty, _) => list(ty.clone(), values),
        _ => Value::tuple(values),
    })
}

fn zipmap(call: &Call<'_>) -> Outcome {
    let (names, values) = (call.elements(0), ordered(&call[1], 1)?);
    if names.len() != values.len() {
        return Err(Failure::new(format!(
            "there must be as many keys as values, not {} and {}",
            names.len(),
            values.len()
        )));
    }
    let mut entries = BTreeMap::new();
    let sensitive = names.iter().any(|name| name.sensitive);
    for (name, value) in names.iter().zip(values) {
        let name = name
            .as_str()
            .ok_or_else(|| Failure::at(0, "a key must not be null"))?;
        entries.insert(name.to_owned(), value.clone());
    }
    let zipped = match &call[1].data {
        Data::List(ty, _) => Data::Map(ty.clone(), Arc::new(entries.into_iter().collect())).into(),
        _ => Value::object(entries),
    };
    Ok(zipped.sensitive_if(sensitive))
}
