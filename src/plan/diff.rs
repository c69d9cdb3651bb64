//! The three-way diff by FIELDS: desired, applied last, live → [`Difference`]s.
//!
//! What the user leaves unset, now and before, is not compared. What was applied last is sealed JSON: it tells what the
//! user took away, and whether a difference was made outside.

use serde_json::Value as Json;

use super::Difference;
use crate::kinds::{Compare, Cost, Field, FieldType, Presence, Spec, Unset};
use crate::value::seal::{SealKey, Sealed, is_sensitive, seal, unseal};
use crate::value::{Data, Entries, Value};

/// What is compared.
pub(crate) struct Inputs<'a> {
    /// The kind's table.
    pub(crate) fields: &'static [Field],
    /// What the object is to be.
    pub(crate) desired: &'a Spec,
    /// What was applied last, sealed; `None` if nobody remembers.
    pub(crate) last: Option<&'a Json>,
    /// What the object is.
    pub(crate) live: &'a Spec,
    /// Seals what goes into the plan.
    pub(crate) key: &'a SealKey,
}

/// Returns what differs, sorted by path.
pub(crate) fn differences(inputs: &Inputs<'_>) -> Vec<Difference> {
    let mut diff = Diff {
        key: inputs.key,
        remembers: inputs.last.is_some(),
        found: Vec::new(),
    };
    for field in inputs.fields {
        let desired = inputs.desired.get(field.name);
        let last = inputs.last.and_then(|last| last.get(field.name));
        if desired.is_none() && last.is_none() {
            continue;
        }
        let live = inputs.live.get(field.name);
        let sides = Sides { desired, last, live };
        diff.field(field, field.name.to_owned(), sides.without_nulls());
    }
    diff.found.sort_by(|a, b| a.path.cmp(&b.path));
    diff.found
}

/// Returns the attributes that differ from what was applied last, for an object that is gone and need not come back.
pub(crate) fn differs_from_last(fields: &[Field], desired: &Spec, last: &Json, key: &SealKey) -> Vec<String> {
    fields
        .iter()
        .filter(|field| field.presence != Presence::Computed && field.compare != Compare::Never)
        // What would change the object that was there needs nothing when there is none.
        .filter(|field| field.cost >= Cost::Replace)
        .filter(|field| {
            let sealed = desired.get(field.name).map(|value| seal(value, key));
            sealed.as_ref().filter(|value| !value.is_null())
                != last.get(field.name).filter(|value| !value.is_null())
        })
        .map(|field| field.name.to_owned())
        .collect()
}

/// Tells whether a path is one that `ignore_changes` names, or lies inside one.
pub(crate) fn is_ignored(path: &str, ignored: &[String]) -> bool {
    ignored.iter().any(|ignored| {
        if ignored == "*" || ignored == "all" {
            return true;
        }
        let ignored = normalise_path(ignored);
        path.strip_prefix(ignored.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    })
}

/// Writes `env["PATH"]` as `env.PATH`, as differences do.
fn normalise_path(path: &str) -> String {
    let mut result = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once("[\"") {
        let Some((name, tail)) = after.split_once("\"]") else {
            break;
        };
        result.push_str(before);
        result.push_str(&entry_path("", name));
        rest = tail;
    }
    result.push_str(rest);
    result
}

/// Returns the path of an entry of a map.
fn entry_path(map: &str, name: &str) -> String {
    let plain = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if plain {
        format!("{map}.{name}")
    } else {
        format!("{map}[{}]", Json::from(name))
    }
}

/// Tells whether two values are the same, whatever their marks and whether they are a list or a tuple.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    if let (Some(left), Some(right)) = (left.as_elements(), right.as_elements()) {
        return left.len() == right.len() && left.iter().zip(right).all(|(a, b)| same(a, b));
    }
    if let (Some(left), Some(right)) = (left.as_entries(), right.as_entries()) {
        return left.len() == right.len()
            && left
                .iter()
                .zip(right)
                .all(|((a, x), (b, y))| a == b && same(x, y));
    }
    match (&left.data, &right.data) {
        (Data::Null(_), Data::Null(_)) => true,
        (Data::Unknown(_), _) | (_, Data::Unknown(_)) => false,
        (left, right) => left == right,
    }
}

/// Tells whether a live block may be the engine's own doing: it is there, but what it says is not shown.
fn is_made_up(fields: &[Field], live: &Value) -> bool {
    let mut blocks = fields
        .iter()
        .filter(|field| matches!(field.ty, FieldType::Block(_)));
    blocks.any(|field| live.get(field.name).is_some_and(Value::is_unknown))
}

/// The three sides of one attribute.
#[derive(Clone, Copy)]
struct Sides<'a> {
    desired: Option<&'a Value>,
    last: Option<&'a Json>,
    live: Option<&'a Value>,
}

impl Sides<'_> {
    /// Takes null for what it means: not set.
    fn without_nulls(self) -> Self {
        Self {
            desired: self.desired.filter(|value| !value.is_null()),
            last: self.last.filter(|value| !value.is_null()),
            live: self.live.filter(|value| !value.is_null()),
        }
    }

    /// Tells whether the engine does not show it.
    fn is_hidden(&self) -> bool {
        self.live.is_some_and(Value::is_unknown)
    }

    /// Takes a live value that is not shown for none.
    fn without_hidden(self) -> Self {
        Self {
            live: self.live.filter(|value| !value.is_unknown()),
            ..self
        }
    }
}

struct Diff<'a> {
    key: &'a SealKey,
    /// Whether anything is known of what was applied last.
    remembers: bool,
    found: Vec<Difference>,
}

impl Diff<'_> {
    fn field(&mut self, field: &Field, path: String, sides: Sides<'_>) {
        if field.presence == Presence::Computed || field.compare == Compare::Never {
            return;
        }
        let Some(desired) = sides.desired else {
            if sides.last.is_some() {
                self.removed(field, path, sides);
            }
            return;
        };
        if field.compare == Compare::LastApplied || sides.is_hidden() {
            return self.against_last(field, path, desired, sides.without_hidden());
        }
        if desired.is_unknown() {
            return self.push(field.cost, path, sides);
        }
        match field.ty {
            FieldType::Block(fields) if sides.live.is_some() => self.block(fields, &path, sides),
            FieldType::Blocks(fields, keys) => self.blocks(field, fields, keys, &path, sides),
            FieldType::Map(_) => self.entries(field, &path, sides),
            FieldType::List(_) | FieldType::Set(_) if field.compare == Compare::Keys => {
                self.elements(field, path, sides);
            }
            _ if is_met(desired, sides.live) => {}
            _ => self.push(field.cost, path, sides),
        }
    }

    /// Compares what the engine does not show.
    fn against_last(&mut self, field: &Field, path: String, desired: &Value, sides: Sides<'_>) {
        let met = match (sides.last, sides.live) {
            (Some(last), _) => !desired_is_unknown(desired) && seal(desired, self.key) == *last,
            (None, Some(live)) => same(desired, live),
            // Nobody remembers it and the engine does not show it: there is no reason to believe that it differs.
            (None, None) => !self.remembers || is_empty(desired),
        };
        if !met {
            self.push_hidden(field.cost, path, sides);
        }
    }

    /// Notes a difference of what the engine does not show: what was applied last stands for what is there.
    fn push_hidden(&mut self, cost: Cost, path: String, sides: Sides<'_>) {
        self.push(cost, path, sides);
        if let (Some(difference), None) = (self.found.last_mut(), sides.live) {
            difference.before = sides.last.cloned().unwrap_or(Json::Null);
            difference.drift = false;
        }
    }

    /// Looks at an attribute that the user has taken away.
    fn removed(&mut self, field: &Field, path: String, sides: Sides<'_>) {
        let cost = match field.unset {
            Unset::Keep => return,
            Unset::Replace => Cost::Replace,
            Unset::AsChange => field.cost,
        };
        let Some(last) = sides.last else { return };
        match (field.ty, field.compare) {
            _ if field.compare == Compare::LastApplied || sides.is_hidden() => {
                if !is_empty(&unseal(last)) {
                    self.push_hidden(cost, path, sides.without_hidden());
                }
            }
            (FieldType::Map(_), Compare::Keys) => {
                for (name, last) in last.as_object().into_iter().flatten() {
                    let name = crate::value::seal::unescape_key(name);
                    if let Some(live) = sides.live.and_then(|live| live.get(name)) {
                        let entry = Sides {
                            desired: None,
                            last: Some(last),
                            live: Some(live),
                        };
                        self.push(cost, entry_path(&path, name), entry);
                    }
                }
            }
            (FieldType::Blocks(fields, keys), compare) => {
                for live in elements_of(sides.live) {
                    let last = last_block(last, live, keys, self.key);
                    if last.is_some() || compare != Compare::Keys && !is_made_up(fields, live) {
                        let block = Sides {
                            desired: None,
                            last,
                            live: Some(live),
                        };
                        self.push(cost, block_path(&path, live, keys), block);
                    }
                }
            }
            _ if sides.live.is_none_or(is_empty) => {}
            _ => self.push(cost, path, sides),
        }
    }

    fn block(&mut self, fields: &'static [Field], path: &str, sides: Sides<'_>) {
        for field in fields {
            let inner = Sides {
                desired: sides.desired.and_then(|block| block.get(field.name)),
                last: sides.last.and_then(|block| block.get(field.name)),
                live: sides.live.and_then(|block| block.get(field.name)),
            };
            self.field(field, format!("{path}.{}", field.name), inner.without_nulls());
        }
    }

    /// Matches repeated blocks by their keys and compares the pairs.
    fn blocks(
        &mut self,
        field: &Field,
        fields: &'static [Field],
        keys: &[&str],
        path: &str,
        sides: Sides<'_>,
    ) {
        let mut unmatched: Vec<&Value> = elements_of(sides.live).iter().collect();
        for desired in elements_of(sides.desired) {
            let last = sides
                .last
                .and_then(|last| last_block(last, desired, keys, self.key));
            let at = unmatched.iter().position(|live| matches(desired, live, keys));
            let live = at.map(|at| unmatched.remove(at));
            let pair = Sides {
                desired: Some(desired),
                last,
                live,
            };
            let path = block_path(path, desired, keys);
            if live.is_some() {
                self.block(fields, &path, pair);
            } else {
                self.push(field.cost, path, pair);
            }
        }
        let cost = match field.unset {
            Unset::Replace => Cost::Replace,
            Unset::AsChange => field.cost,
            Unset::Keep => return,
        };
        for live in unmatched {
            let last = sides.last.and_then(|last| last_block(last, live, keys, self.key));
            if last.is_some() || field.compare != Compare::Keys && !is_made_up(fields, live) {
                let left = Sides {
                    desired: None,
                    last,
                    live: Some(live),
                };
                self.push(cost, block_path(path, live, keys), left);
            }
        }
    }

    fn entries(&mut self, field: &Field, path: &str, sides: Sides<'_>) {
        let empty = Entries::new();
        let map = |value: Option<&'_ Value>| value.and_then(Value::as_entries).unwrap_or(&empty).clone();
        let (desired, live) = (map(sides.desired), map(sides.live));
        let marked = sides.desired.is_some_and(|value| value.sensitive);
        let last_of = |name: &str| {
            let escaped = if name.starts_with('$') {
                format!("${name}")
            } else {
                name.to_owned()
            };
            sides.last.and_then(|last| last.get(&escaped))
        };
        for (name, value) in &desired {
            let live = live.get(name);
            if !is_met(value, live) {
                let value = value.clone().sensitive_if(marked);
                let entry = Sides {
                    desired: Some(&value),
                    last: last_of(name),
                    live,
                };
                self.push(field.cost, entry_path(path, name), entry);
            }
        }
        let cost = match field.unset {
            Unset::Replace => Cost::Replace,
            Unset::AsChange => field.cost,
            Unset::Keep => return,
        };
        for (name, value) in live.iter().filter(|(name, _)| !desired.contains_key(*name)) {
            let last = last_of(name);
            if last.is_some() || field.compare != Compare::Keys {
                // A whole map that was secret leaves no names behind: its entries stay secret when they go.
                let value = value.clone().sensitive_if(marked);
                let entry = Sides {
                    desired: None,
                    last,
                    live: Some(&value),
                };
                self.push(cost, entry_path(path, name), entry);
            }
        }
    }

    /// Compares a list of which the engine adds elements of its own.
    fn elements(&mut self, field: &Field, path: String, sides: Sides<'_>) {
        let (desired, live) = (elements_of(sides.desired), elements_of(sides.live));
        let contains = |all: &[Value], one: &Value| all.iter().any(|other| same(one, other));
        let missing = desired.iter().any(|element| !contains(live, element));
        let surplus = sides
            .last
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
            .map(unseal)
            .any(|element| !contains(desired, &element) && contains(live, &element));
        if missing || surplus {
            self.push(field.cost, path, sides);
        }
    }

    fn push(&mut self, cost: Cost, path: String, sides: Sides<'_>) {
        let secret = sides.desired.is_some_and(Value::is_sensitive_anywhere)
            || sides.live.is_some_and(Value::is_sensitive_anywhere)
            || sides.last.is_some_and(has_secret);
        let before = sides.live.map_or(Json::Null, |live| {
            seal(&live.clone().sensitive_if(secret), self.key)
        });
        let after = sides
            .desired
            .map_or(Json::Null, |desired| seal(desired, self.key));
        let drift = self.remembers
            && *sides.last.unwrap_or(&Json::Null) == after
            && !crate::value::seal::has_unknown(&after);
        self.found.push(Difference {
            path,
            before,
            after,
            cost,
            drift,
        });
    }
}

/// Tells whether a sealed value hides a secret anywhere.
pub(crate) fn has_secret(sealed: &Sealed) -> bool {
    match sealed {
        Json::Array(elements) => elements.iter().any(has_secret),
        Json::Object(entries) => is_sensitive(sealed) || entries.values().any(has_secret),
        _ => false,
    }
}

fn desired_is_unknown(value: &Value) -> bool {
    !value.is_wholly_known()
}

fn is_empty(value: &Value) -> bool {
    value.is_null()
        || value.as_elements().is_some_and(<[Value]>::is_empty)
        || value.as_entries().is_some_and(Entries::is_empty)
}

fn is_met(desired: &Value, live: Option<&Value>) -> bool {
    match live {
        // Engines do not tell an empty collection from none.
        None => is_empty(desired),
        Some(live) => same(desired, live) || (is_empty(desired) && is_empty(live)),
    }
}

fn elements_of(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_elements).unwrap_or(&[])
}

/// Tells whether two blocks are the same one: a key that one of them leaves unset matches any.
fn matches(desired: &Value, live: &Value, keys: &[&str]) -> bool {
    keys.iter().all(|key| match (set(desired, key), set(live, key)) {
        (None, _) => true,
        (Some(desired), Some(live)) => same(desired, live),
        (Some(_), None) => false,
    })
}

fn set<'a>(block: &'a Value, key: &str) -> Option<&'a Value> {
    block.get(key).filter(|value| !value.is_null())
}

fn last_block<'a>(last: &'a Json, block: &Value, keys: &[&str], key: &SealKey) -> Option<&'a Json> {
    last.as_array()?.iter().find(|last| {
        keys.iter().all(|name| {
            let last = last.get(name).filter(|value| !value.is_null());
            match (set(block, name), last) {
                (Some(value), Some(last)) => seal(value, key) == *last,
                // The live block may show a key that the user leaves to its default.
                (_, None) | (None, Some(_)) => true,
            }
        })
    })
}

fn block_path(path: &str, block: &Value, keys: &[&str]) -> String {
    let words: Vec<String> = keys
        .iter()
        .filter_map(|key| set(block, key))
        .map(|value| match value.as_str() {
            _ if value.is_sensitive_anywhere() => "(sensitive)".to_owned(),
            Some(text) => text.to_owned(),
            None if value.is_unknown() => "?".to_owned(),
            None => format!("{value:?}"),
        })
        .collect();
    format!("{path}[{}]", words.join("/"))
}
