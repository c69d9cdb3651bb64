//! The attributes and nested blocks of a change, as rows.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::row::{Row, Sign};
use super::value::{self, Shown};
use crate::kinds::{Cost, Field, FieldType};
use crate::plan::{Action, Change, Difference, OutputChange};
use crate::value::seal::{Sealed, has_unknown, is_sensitive, is_unknown};
use crate::view::escape::escape;
use crate::view::sealed;

/// Returns the rows between a change's braces.
pub(super) fn rows(change: &Change, fields: &[Field]) -> Vec<Row> {
    let context = Context::of(change);
    let (before, after) = sides(change, fields);
    let level = Level {
        fields,
        keep: &[],
        before: before.as_ref(),
        after: after.as_ref(),
        path: "",
        depth: 1,
    };
    context.level(&level).0
}

/// The attributes of one side of a change; `None` if nothing stands on it.
type Side = Option<Map<String, Json>>;

/// Returns a change's attributes before and after, with what no spec holds because nobody set it: the name that is
/// derived, and a default that the engine no longer has.
fn sides(change: &Change, fields: &[Field]) -> (Side, Side) {
    let is_field = |name: &str| fields.iter().any(|field| field.name == name);
    let mut before = change.before.as_object().cloned();
    let mut after = super::with_name(change, fields).as_object().cloned();
    if let (Action::Delete, Some(before), true) = (change.action, &mut before, is_field("name"))
        && !change.name.is_empty()
    {
        before.entry("name").or_insert_with(|| change.name.clone().into());
    }
    if let (Some(before), Some(after)) = (&mut before, &mut after) {
        for difference in &change.differences {
            let name = &difference.path;
            if is_field(name) && !before.contains_key(name) && !after.contains_key(name) {
                before.insert(name.clone(), difference.before.clone());
                after.insert(name.clone(), difference.after.clone());
            }
        }
    }
    (before, after)
}

/// Returns the rows of the outputs that change.
pub(super) fn outputs(outputs: &[OutputChange]) -> Vec<Row> {
    let context = Context {
        differences: &[],
        everything: true,
        anew: false,
    };
    let shown: Vec<(String, Shown)> = outputs
        .iter()
        .filter_map(|output| {
            let (before, after) = (present(Some(&output.before)), present(Some(&output.after)));
            let shown = value::compare(&context, before, after, None, "", 0)?;
            Some((escape(&output.name).into_owned(), shown))
        })
        .collect();
    aligned(shown, 0)
}

/// What decides whether a row is shown, and what is remarked on it.
pub(super) struct Context<'a> {
    differences: &'a [Difference],
    /// Whether every attribute counts as a difference, as when an object is made or taken away.
    everything: bool,
    /// Whether the object is made anew, so that what the engine decides is decided anew.
    anew: bool,
}

/// One nesting level: the block itself, or a nested block.
struct Level<'a> {
    fields: &'a [Field],
    /// Attributes that are shown even if they do not change, because they say which block it is.
    keep: &'a [&'a str],
    before: Option<&'a Map<String, Json>>,
    after: Option<&'a Map<String, Json>>,
    path: &'a str,
    depth: usize,
}

impl<'a> Context<'a> {
    fn of(change: &'a Change) -> Self {
        Self {
            differences: &change.differences,
            everything: matches!(change.action, Action::Create | Action::Delete | Action::Read),
            anew: matches!(change.action, Action::Replace | Action::ReplaceStartFirst),
        }
    }

    /// Tells whether a path, something in it, or something around it is a difference.
    pub(super) fn covers(&self, path: &str, after: Option<&Sealed>) -> bool {
        self.everything
            || (self.anew && after.is_some_and(has_unknown))
            || self
                .differences
                .iter()
                .any(|difference| is_within(path, &difference.path) || is_within(&difference.path, path))
    }

    /// Returns what is remarked on a path: what the change costs, and whether it was made outside.
    pub(super) fn remark(&self, path: &str) -> String {
        let Some(difference) = self.differences.iter().find(|difference| difference.path == path) else {
            return String::new();
        };
        let cost = match difference.cost {
            Cost::Replace => "replaces",
            Cost::Restart => "restarts",
            Cost::Reconnect => "reconnects",
            Cost::Remember | Cost::Live | Cost::Refused => "",
        };
        let outside = if difference.drift { "changed outside" } else { "" };
        let remarks: Vec<&str> = [cost, outside]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect();
        remarks.join(", ")
    }

    /// Returns the rows of a level, and whether anything in it changes.
    fn level(&self, level: &Level<'_>) -> (Vec<Row>, bool) {
        let names: BTreeSet<&String> = [level.before, level.after]
            .into_iter()
            .flatten()
            .flat_map(|entries| entries.keys())
            .collect();
        let mut shown = Vec::new();
        let mut blocks = Vec::new();
        let mut hidden = 0;
        let mut hidden_blocks = 0;
        let mut changes = false;
        for name in names {
            let side = |entries: Option<&'_ Map<String, Json>>| {
                entries.and_then(|entries| entries.get(name)).cloned()
            };
            let (before, after) = (side(level.before), side(level.after));
            let (before, after) = (present(before.as_ref()), present(after.as_ref()));
            if before.is_none() && after.is_none() {
                continue;
            }
            let field = level.fields.iter().find(|field| field.name == name);
            let path = if level.path.is_empty() {
                name.clone()
            } else {
                format!("{}.{name}", level.path)
            };
            if let Some(nested) = field.and_then(|field| Nested::of(field, before, after)) {
                let (rows, unchanged) = self.blocks(&nested, &path, level.depth);
                changes |= !rows.is_empty();
                blocks.extend(rows);
                hidden_blocks += unchanged;
                continue;
            }
            let ty = field.map(|field| field.ty);
            let label = escape(name).into_owned();
            match value::compare(self, before, after, ty, &path, level.depth) {
                Some(row) => {
                    changes = true;
                    shown.push((label, row));
                }
                None => match after {
                    Some(after) if level.keep.contains(&name.as_str()) => {
                        shown.push((label, Shown::unchanged(after, ty)));
                    }
                    _ => hidden += 1,
                },
            }
        }
        (
            self.assemble(level.depth, shown, hidden, blocks, hidden_blocks),
            changes,
        )
    }

    fn assemble(
        &self,
        depth: usize,
        shown: Vec<(String, Shown)>,
        hidden: usize,
        blocks: Vec<Row>,
        hidden_blocks: usize,
    ) -> Vec<Row> {
        let mut rows = aligned(shown, depth);
        if hidden > 0 {
            rows.push(Row::hidden(depth, hidden, "attribute"));
        }
        if !blocks.is_empty() && !rows.is_empty() {
            rows.push(Row::blank());
        }
        rows.extend(blocks);
        if hidden_blocks > 0 {
            rows.push(Row::hidden(depth, hidden_blocks, "block"));
        }
        rows
    }

    /// Returns the rows of the blocks of one name, and how many of them do not change.
    fn blocks(&self, nested: &Nested<'_>, path: &str, depth: usize) -> (Vec<Row>, usize) {
        let mut rows = Vec::new();
        let mut unchanged = 0;
        for (before, after) in nested.pairs() {
            let path = nested.path(path, after.or(before));
            let sign = match (before, after) {
                (None, _) => Sign::Add,
                (_, None) => Sign::Remove,
                _ => Sign::Change,
            };
            let whole = sign != Sign::Change;
            let inner = Self {
                everything: self.everything || whole,
                ..*self
            };
            let (body, changes) = inner.level(&Level {
                fields: nested.fields,
                keep: nested.keys,
                before: before.and_then(Json::as_object),
                after: after.and_then(Json::as_object),
                path: &path,
                depth: depth + 1,
            });
            let is_shown = if whole { self.covers(&path, after) } else { changes };
            if !is_shown {
                unchanged += 1;
                continue;
            }
            rows.push(Row {
                remark: self.remark(&path),
                ..Row::new(sign, depth, format!("{} {{", escape(nested.name)))
            });
            rows.extend(body);
            rows.push(Row::new(Sign::None, depth, "}"));
        }
        (rows, unchanged)
    }
}

/// The blocks of one name before and after.
struct Nested<'a> {
    name: &'a str,
    fields: &'static [Field],
    keys: &'static [&'static str],
    before: Vec<&'a Sealed>,
    after: Vec<&'a Sealed>,
}

impl<'a> Nested<'a> {
    /// Returns the blocks of a field; `None` if it is no block, or is hidden or unknown as a whole.
    fn of(field: &'a Field, before: Option<&'a Sealed>, after: Option<&'a Sealed>) -> Option<Self> {
        let (fields, keys): (_, &'static [&'static str]) = match field.ty {
            FieldType::Block(fields) => (fields, &[]),
            FieldType::Blocks(fields, keys) => (fields, keys),
            _ => return None,
        };
        let is_hidden =
            |side: Option<&Sealed>| side.is_some_and(|value| is_sensitive(value) || is_unknown(value));
        if is_hidden(before) || is_hidden(after) {
            return None;
        }
        let all = |side: Option<&'a Sealed>| match side {
            Some(Json::Array(elements)) => elements.iter().collect(),
            Some(block) => vec![block],
            None => Vec::new(),
        };
        Some(Self {
            name: field.name,
            fields,
            keys,
            before: all(before),
            after: all(after),
        })
    }

    /// Matches the blocks by their keys: first those that will be, in their order, then those that go.
    fn pairs(&self) -> Vec<(Option<&'a Sealed>, Option<&'a Sealed>)> {
        let mut left = self.before.clone();
        let mut pairs = Vec::new();
        for after in &self.after {
            let at = left.iter().position(|before| self.matches(before, after));
            pairs.push((at.map(|at| left.remove(at)), Some(*after)));
        }
        pairs.extend(left.into_iter().map(|before| (Some(before), None)));
        pairs
    }

    /// A key that the block leaves unset matches any.
    fn matches(&self, before: &Sealed, after: &Sealed) -> bool {
        self.keys
            .iter()
            .all(|key| present(after.get(key)).is_none_or(|value| present(before.get(key)) == Some(value)))
    }

    /// Returns a block's path as differences write it, such as `port[8080/tcp]`.
    fn path(&self, path: &str, block: Option<&Sealed>) -> String {
        if self.keys.is_empty() {
            return path.to_owned();
        }
        let words: Vec<String> = self
            .keys
            .iter()
            .filter_map(|key| present(block?.get(key)))
            .map(|value| match value {
                Json::String(text) => text.clone(),
                value if is_sensitive(value) => "(sensitive)".to_owned(),
                value if is_unknown(value) => "?".to_owned(),
                value => value.to_string(),
            })
            .collect();
        format!("{path}[{}]", words.join("/"))
    }
}

/// Writes attributes below each other with aligned equals signs.
pub(super) fn aligned(shown: Vec<(String, Shown)>, depth: usize) -> Vec<Row> {
    let width = shown
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    let mut rows = Vec::new();
    for (name, shown) in shown {
        rows.push(Row {
            remark: shown.remark,
            ..Row::new(shown.sign, depth, format!("{name:width$} = {}", shown.text))
        });
        rows.extend(shown.body);
    }
    rows
}

/// Takes null for what it means in a spec: not set.
fn present(value: Option<&Sealed>) -> Option<&Sealed> {
    value.filter(|value| !value.is_null())
}

/// Tells whether a path is another one or lies inside it.
fn is_within(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Returns the path of a map's entry as differences write it: `env.PATH`, or `env["a b"]`.
pub(super) fn entry_path(map: &str, name: &str) -> String {
    let is_plain = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if is_plain {
        format!("{map}.{name}")
    } else {
        format!("{map}[{}]", Json::from(name))
    }
}

/// Writes a map's key.
pub(super) fn entry_label(name: &str) -> String {
    sealed::key(name)
}
