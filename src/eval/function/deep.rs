//! What neither Terraform nor OpenTofu has: maps merged at every depth, and versions compared.

use std::collections::BTreeMap;

use semver::Version;

use super::{Call, Failure, Function, Kind, Marks, Outcome, any, function, number, param};
use crate::value::{Entries, Value, type_of};

pub(super) const FUNCTIONS: &[Function] = &[
    function("deepmerge", &[], any, deepmerge)
        .variadic(param("maps", Kind::Any).nullable())
        .marks(Marks::Kept),
    function(
        "semver_compare",
        &[param("a", Kind::String), param("b", Kind::String)],
        number,
        |call| Ok((version(call, 0)?.cmp_precedence(&version(call, 1)?) as i64).into()),
    ),
];

/// Merges maps and objects, and what they hold under the same name; everything else, lists included, is replaced by what
/// comes later. A null map is left out; a null value replaces.
fn deepmerge(call: &Call<'_>) -> Outcome {
    let mut merged = BTreeMap::new();
    for (at, value) in call.values.iter().enumerate() {
        if value.is_null() {
            continue;
        }
        let entries = value.as_entries().ok_or_else(|| {
            Failure::at(
                at,
                format!(
                    "a map or an object is required, not {}",
                    type_of(value).described()
                ),
            )
        })?;
        merge_into(&mut merged, entries);
    }
    Ok(Value::object(merged))
}

/// Lays entries over others.
fn merge_into(into: &mut BTreeMap<String, Value>, entries: &Entries) {
    for (name, value) in entries {
        let merged = match (into.get(name), value.as_entries()) {
            (Some(below), Some(above)) if below.as_entries().is_some() => {
                let mut inner = BTreeMap::new();
                if let Some(below_entries) = below.as_entries() {
                    merge_into(&mut inner, below_entries);
                }
                merge_into(&mut inner, above);
                Value::object(inner).sensitive_if(below.sensitive || value.sensitive)
            }
            _ => value.clone(),
        };
        into.insert(name.clone(), merged);
    }
}

/// Reads a version as semver.org has it; a `v` in front is let pass.
fn version(call: &Call<'_>, at: usize) -> Result<Version, Failure> {
    let text = call.text(at);
    Version::parse(text.strip_prefix('v').unwrap_or(text))
        .map_err(|error| Failure::at(at, format!("it is not a version such as 1.4.0-rc.1: {error}")))
}
