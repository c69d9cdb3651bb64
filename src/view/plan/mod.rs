//! [`Plan`] → text for people, in the style that users of Terraform know.
//!
//! What deserves a look stands first, then one block per change with the reason and the cost in its heading, then the
//! outputs, then the counts. Only what changes is shown; what does not is counted.

mod attributes;
mod collection;
mod heading;
mod lines;
mod risk;
mod row;
pub mod summary;
mod value;

pub(crate) use heading::why;

use crate::kinds::{self, Field};
use crate::plan::{Action, Change, Plan};
use crate::value::seal::Sealed;

use super::Paint;
use super::escape::{escape, escape_lines};
use row::{Row, Sign};

pub use heading::heading;

/// Writes the whole plan.
pub fn text(plan: &Plan, paint: Paint) -> String {
    let shown: Vec<&Change> = plan.changes.iter().filter(|change| is_shown(change)).collect();
    let mut text = String::new();
    text += &legend(&shown, paint);
    text += &risk::text(plan, paint);
    for change in shown {
        text += &change_text(change, fields(change), paint);
        text.push('\n');
    }
    text += &outputs(plan, paint);
    text += &summary::plan(plan, paint);
    text.push('\n');
    text
}

/// Tells whether a change has anything to show.
fn is_shown(change: &Change) -> bool {
    change.action != Action::NoOp || change.moved_from.is_some()
}

fn legend(shown: &[&Change], paint: Paint) -> String {
    const SIGNS: [(Sign, &str); 6] = [
        (Sign::Add, "create"),
        (Sign::Change, "change in place"),
        (Sign::Replace, "destroy, then create anew"),
        (Sign::ReplaceStartFirst, "create anew, then destroy"),
        (Sign::Remove, "destroy"),
        (Sign::Read, "read during apply"),
    ];
    let mut text = "wharf will do this:\n\n".to_owned();
    let before = text.len();
    for (sign, meaning) in SIGNS {
        if shown.iter().any(|change| sign_of(change.action) == sign) {
            text += &format!("{} {meaning}\n", paint.sign(sign));
        }
    }
    if text.len() == before {
        return String::new();
    }
    text.push('\n');
    text
}

fn change_text(change: &Change, fields: &[Field], paint: Paint) -> String {
    let mut text = format!("  {}\n", heading(change, paint));
    if let Some(from) = change
        .moved_from
        .as_ref()
        .filter(|_| change.action != Action::NoOp)
    {
        let from = escape(&from.to_string()).into_owned();
        text += &format!("  {}\n", paint.dim(&format!("# (moved from {from})")));
    }
    for note in &change.notes {
        for line in escape_lines(note).lines() {
            text += &format!("  {}\n", paint.dim(&format!("# {line}")));
        }
    }
    let sign = sign_of(change.action);
    if sign == Sign::None {
        return text;
    }
    text += &row::write(&Row::new(sign, 0, opening(change)), paint);
    for row in attributes::rows(change, fields) {
        text += &row::write(&row, paint);
    }
    text += "    }\n";
    text
}

fn opening(change: &Change) -> String {
    let block = &change.address.block;
    let data = if block.data { "data " } else { "" };
    format!("{data}{} \"{}\" {{", escape(&block.kind), escape(&block.name))
}

/// Returns what an object is to be, with its name also where that is derived: users look for it on the engine.
pub(crate) fn with_name(change: &Change, fields: &[Field]) -> Sealed {
    let mut after = change.after.clone();
    let has_name = !change.name.is_empty() && fields.iter().any(|field| field.name == "name");
    if let (Some(entries), true) = (after.as_object_mut(), has_name) {
        entries
            .entry("name")
            .or_insert_with(|| change.name.as_str().into());
    }
    after
}

/// Returns the table of a change's kind.
pub(crate) fn fields(change: &Change) -> &'static [Field] {
    match kinds::kind(change.address.kind()) {
        Some(kind) if change.address.block.data => kind.data_fields(),
        Some(kind) => kind.fields(),
        None => &[],
    }
}

fn sign_of(action: Action) -> Sign {
    match action {
        Action::Create => Sign::Add,
        Action::Read => Sign::Read,
        Action::Update => Sign::Change,
        Action::Replace => Sign::Replace,
        Action::ReplaceStartFirst => Sign::ReplaceStartFirst,
        Action::Delete => Sign::Remove,
        Action::NoOp | Action::Forget | Action::Keep | Action::Adopt => Sign::None,
    }
}

fn outputs(plan: &Plan, paint: Paint) -> String {
    let rows = attributes::outputs(&plan.outputs);
    if rows.is_empty() {
        return String::new();
    }
    let mut text = format!("{}\n", paint.bold("Outputs will change:"));
    for row in rows {
        text += &row::write(&row, paint);
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests;
