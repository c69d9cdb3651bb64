//! One value before and after, as the text behind an equals sign and the rows below it.

use serde_json::Value as Json;

use super::attributes::Context;
use super::row::{Row, Sign};
use super::{collection, lines};
use crate::kinds::FieldType;
use crate::value::seal::{Sealed, digits, is_sensitive, is_unknown};
use crate::view::sealed::{self, inline};

/// How long a list may be to stand on one line, in characters.
const ONE_LINE: usize = 72;

/// What stands behind `name = `.
pub(super) struct Shown {
    /// What happens to it.
    pub(super) sign: Sign,
    /// The rest of the first line.
    pub(super) text: String,
    /// The lines below, with the closing one.
    pub(super) body: Vec<Row>,
    /// The remark on the first line.
    pub(super) remark: String,
}

impl Shown {
    fn on_one_line(sign: Sign, text: String) -> Self {
        Self {
            sign,
            text,
            body: Vec::new(),
            remark: String::new(),
        }
    }

    fn on_several(sign: Sign, open: &str, body: Vec<Row>, close: &str, depth: usize) -> Self {
        let mut shown = Self::on_one_line(sign, open.to_owned());
        shown.body = body;
        shown.body.push(Row::new(Sign::None, depth, close));
        shown
    }

    /// A value that does not change but is shown all the same.
    pub(super) fn unchanged(value: &Sealed, ty: Option<FieldType>) -> Self {
        Self::on_one_line(Sign::None, inline(value, ty))
    }
}

/// Compares a value before and after; `None` if it does not change, or its change is none that the plan makes.
pub(super) fn compare(
    context: &Context<'_>,
    before: Option<&Sealed>,
    after: Option<&Sealed>,
    ty: Option<FieldType>,
    path: &str,
    depth: usize,
) -> Option<Shown> {
    if before == after || !context.covers(path, after) {
        return None;
    }
    let mut shown = match (before, after) {
        (Some(before), Some(after)) => changed(context, before, after, ty, path, depth),
        (None, Some(after)) => whole(after, Sign::Add, ty, depth),
        (Some(before), None) => whole(before, Sign::Remove, ty, depth),
        (None, None) => return None,
    };
    shown.remark = join(&shown.remark, &context.remark(path));
    Some(shown)
}

/// Shows a value that is new or goes.
pub(super) fn whole(value: &Sealed, sign: Sign, ty: Option<FieldType>, depth: usize) -> Shown {
    match value {
        Json::String(text) if text.contains('\n') => {
            Shown::on_several(sign, "<<-EOT", lines::whole(text, depth + 1), "EOT", depth)
        }
        Json::Object(entries)
            if !is_sensitive(value)
                && !is_unknown(value)
                && digits(value).is_none()
                && !entries.is_empty() =>
        {
            Shown::on_several(
                sign,
                "{",
                collection::whole_map(entries, sign, ty, depth + 1),
                "}",
                depth,
            )
        }
        Json::Array(elements) if inline(value, ty).chars().count() > ONE_LINE => Shown::on_several(
            sign,
            "[",
            collection::whole_list(elements, sign, ty, depth + 1),
            "]",
            depth,
        ),
        value => Shown::on_one_line(sign, hidden_or(value, ty)),
    }
}

fn changed(
    context: &Context<'_>,
    before: &Sealed,
    after: &Sealed,
    ty: Option<FieldType>,
    path: &str,
    depth: usize,
) -> Shown {
    if is_sensitive(after) {
        return Shown::on_one_line(Sign::Change, changed_secret(after).to_owned());
    }
    let is_long_number = digits(before).or_else(|| digits(after)).is_some();
    if is_sensitive(before) || is_unknown(before) || is_unknown(after) || is_long_number {
        return arrow(before, after, ty);
    }
    match (before, after) {
        (Json::String(old), Json::String(new)) => {
            changed_text(old, new, depth).unwrap_or_else(|| arrow(before, after, ty))
        }
        (Json::Object(old), Json::Object(new)) => {
            let body = collection::map(context, old, new, ty, path, depth + 1);
            Shown::on_several(Sign::Change, "{", body, "}", depth)
        }
        (Json::Array(old), Json::Array(new)) => {
            let body = collection::list(old, new, ty, depth + 1);
            Shown::on_several(Sign::Change, "[", body, "]", depth)
        }
        _ => arrow(before, after, ty),
    }
}

/// Shows texts of several lines, or with JSON in them, line by line.
fn changed_text(old: &str, new: &str, depth: usize) -> Option<Shown> {
    if let (Some(old_json), Some(new_json)) = (json(old), json(new)) {
        let mut shown = Shown::on_several(
            Sign::Change,
            "jsonencode(",
            lines::difference(&pretty(&old_json), &pretty(&new_json), depth + 1),
            ")",
            depth,
        );
        if old_json == new_json {
            shown.remark = "only spacing or the order of keys changes".to_owned();
        }
        return Some(shown);
    }
    (old.contains('\n') || new.contains('\n')).then(|| {
        Shown::on_several(
            Sign::Change,
            "<<-EOT",
            lines::difference(old, new, depth + 1),
            "EOT",
            depth,
        )
    })
}

fn arrow(before: &Sealed, after: &Sealed, ty: Option<FieldType>) -> Shown {
    let old = match before {
        // What a job wrote may be long, and there is nothing to compare it with.
        Json::String(text) if is_unknown(after) => beginning(text),
        _ => hidden_or(before, ty),
    };
    Shown::on_one_line(Sign::Change, format!("{old} -> {}", hidden_or(after, ty)))
}

/// Writes the beginning of a text's first line.
fn beginning(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let short: String = line.chars().take(ONE_LINE).collect();
    let rest = if short.len() < text.trim_end().len() {
        "…"
    } else {
        ""
    };
    format!("{}{rest}", inline(&Json::from(short), None))
}

fn hidden_or(value: &Sealed, ty: Option<FieldType>) -> String {
    if is_pending_secret(value) {
        "(sensitive, known after apply)".to_owned()
    } else {
        inline(value, ty)
    }
}

fn changed_secret(after: &Sealed) -> &'static str {
    if is_pending_secret(after) {
        "(sensitive, known after apply)"
    } else {
        "(sensitive, changed)"
    }
}

/// Tells whether a value is both secret and not known yet.
fn is_pending_secret(value: &Sealed) -> bool {
    value["$sensitive"] == ""
}

/// Parses a text that holds a JSON object or array.
fn json(text: &str) -> Option<Json> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str(text).ok()
}

fn pretty(json: &Json) -> String {
    // Sorted keys, so that their order is no difference.
    format!("{:#}\n", sorted(json))
}

fn sorted(json: &Json) -> Json {
    match json {
        Json::Object(entries) => Json::Object(
            sealed::sorted(entries)
                .map(|(name, value)| (name.clone(), sorted(value)))
                .collect(),
        ),
        Json::Array(elements) => elements.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

fn join(left: &str, right: &str) -> String {
    match (left, right) {
        (left, "") => left.to_owned(),
        ("", right) => right.to_owned(),
        (left, right) => format!("{right}; {left}"),
    }
}
