//! Maps and lists, as rows.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};
use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::attributes::{Context, aligned, entry_label, entry_path};
use super::row::{Row, Sign};
use super::value::{compare, whole};
use crate::kinds::FieldType;
use crate::value::seal::unescape_key;
use crate::view::sealed::{element_type, inline, sorted};

/// How many unchanged elements in a row are shown before they are only counted.
const CONTEXT: usize = 3;

/// Shows a map that is new or goes.
pub(super) fn whole_map(
    entries: &Map<String, Json>,
    sign: Sign,
    ty: Option<FieldType>,
    depth: usize,
) -> Vec<Row> {
    let shown = sorted(entries)
        .map(|(name, value)| {
            let label = entry_label(unescape_key(name));
            (label, whole(value, sign, element_type(ty), depth))
        })
        .collect();
    aligned(shown, depth)
}

/// Shows a list that is new or goes, one element a line.
pub(super) fn whole_list(elements: &[Json], sign: Sign, ty: Option<FieldType>, depth: usize) -> Vec<Row> {
    elements
        .iter()
        .map(|element| Row::new(sign, depth, format!("{},", inline(element, element_type(ty)))))
        .collect()
}

/// Shows the entries of a map that change.
pub(super) fn map(
    context: &Context<'_>,
    before: &Map<String, Json>,
    after: &Map<String, Json>,
    ty: Option<FieldType>,
    path: &str,
    depth: usize,
) -> Vec<Row> {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut shown = Vec::new();
    let mut hidden = 0;
    for name in names {
        let entry = unescape_key(name);
        let path = entry_path(path, entry);
        match compare(
            context,
            before.get(name),
            after.get(name),
            element_type(ty),
            &path,
            depth,
        ) {
            Some(row) => shown.push((entry_label(entry), row)),
            None => hidden += 1,
        }
    }
    let mut rows = aligned(shown, depth);
    if hidden > 0 {
        rows.push(Row::hidden(depth, hidden, "element"));
    }
    rows
}

/// Shows the elements of a list that come and go.
pub(super) fn list(before: &[Json], after: &[Json], ty: Option<FieldType>, depth: usize) -> Vec<Row> {
    // Compared as they are stored, for two secrets look alike when shown.
    let stored = |elements: &[Json]| elements.iter().map(Json::to_string).collect::<Vec<_>>();
    let (old, new) = (stored(before), stored(after));
    let ty = element_type(ty);
    let row = |sign, element: &Json| Row::new(sign, depth, format!("{},", inline(element, ty)));
    let mut rows = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        if op.tag() == DiffTag::Equal {
            rows.extend(unchanged(&before[op.old_range()], depth, &row));
            continue;
        }
        rows.extend(
            before[op.old_range()]
                .iter()
                .map(|element| row(Sign::Remove, element)),
        );
        rows.extend(
            after[op.new_range()]
                .iter()
                .map(|element| row(Sign::Add, element)),
        );
    }
    rows
}

fn unchanged(elements: &[Json], depth: usize, row: &dyn Fn(Sign, &Json) -> Row) -> Vec<Row> {
    if elements.len() > CONTEXT {
        return vec![Row::hidden(depth, elements.len(), "element")];
    }
    elements.iter().map(|element| row(Sign::None, element)).collect()
}
