//! How much a plan does, in one line.

use crate::plan::{Action, Change, Plan};
use crate::view::Paint;

/// How many instances each action is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Made.
    pub add: usize,
    /// Changed in place.
    pub change: usize,
    /// Replaced, in either order.
    pub replace: usize,
    /// Taken away.
    pub destroy: usize,
    /// Taken over because that was asked for, whatever else is done with them.
    pub import: usize,
    /// Recognised as ours.
    pub adopt: usize,
    /// Forgotten.
    pub forget: usize,
}

impl Counts {
    /// Counts some changes.
    pub fn of<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Self {
        let mut counts = Self::default();
        for change in changes {
            if change.imported {
                counts.import += 1;
            }
            match change.action {
                Action::Create => counts.add += 1,
                Action::Update => counts.change += 1,
                Action::Replace | Action::ReplaceStartFirst => counts.replace += 1,
                Action::Delete => counts.destroy += 1,
                Action::Adopt if !change.imported => counts.adopt += 1,
                Action::Forget => counts.forget += 1,
                Action::Adopt | Action::NoOp | Action::Read | Action::Keep => {}
            }
        }
        counts
    }

    /// Tells whether nothing is done.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Tells whether applying the plan would change the engine, the state's objects, or an output.
pub fn has_changes(plan: &Plan) -> bool {
    plan.changes
        .iter()
        .any(|change| !matches!(change.action, Action::NoOp | Action::Keep) || change.moved_from.is_some())
        || plan.outputs.iter().any(|output| output.before != output.after)
        || plan.schedule.graph.node_count() > 0
}

/// Writes what stands before everything else of the summary if something is imported.
pub(crate) fn imports(count: usize) -> String {
    match count {
        0 => String::new(),
        count => format!("{count} to import, "),
    }
}

/// Writes `Plan: 2 to add, 1 to change, 1 to replace, 0 to destroy.`, or that there is nothing to do.
pub(super) fn plan(plan: &Plan, paint: Paint) -> String {
    let counts = Counts::of(&plan.changes);
    if !has_changes(plan) {
        let why = if plan.destroy {
            "There is nothing to destroy."
        } else {
            "The engine is as the configuration says."
        };
        return format!("{} {why}", paint.bold("No changes."));
    }
    let moved = plan
        .changes
        .iter()
        .filter(|change| change.moved_from.is_some())
        .count();
    if counts.is_empty() && moved == 0 && plan.schedule.graph.node_count() == 0 {
        return format!(
            "{} Nothing is done on the engine.",
            paint.bold("Only outputs change.")
        );
    }
    let mut text = format!(
        "{} {}{} to add, {} to change, {} to replace, {} to destroy",
        paint.bold("Plan:"),
        imports(counts.import),
        counts.add,
        counts.change,
        counts.replace,
        counts.destroy
    );
    for (count, what) in [
        (counts.adopt, "adopt"),
        (counts.forget, "forget"),
        (moved, "move"),
    ] {
        if count > 0 {
            text += &format!(", {count} to {what}");
        }
    }
    text + "."
}
