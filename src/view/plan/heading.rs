//! The heading of a change: what happens, why, and what it costs.

use crate::plan::{Action, Cause, Change, Impact};
use crate::value::seal::{Sealed, is_sensitive};
use crate::view::Paint;
use crate::view::escape::escape;

/// How many attributes a heading names before it only counts them.
const NAMED: usize = 4;

/// Writes the heading, such as `# container.web will be replaced: env changed (…) - downtime`.
pub fn heading(change: &Change, paint: Paint) -> String {
    let address = escape(&change.address.to_string()).into_owned();
    if let (Some(from), Action::NoOp) = (&change.moved_from, change.action) {
        let from = escape(&from.to_string()).into_owned();
        return format!("# {} has moved to {}", paint.bold(&from), paint.bold(&address));
    }
    let mut text = format!("# {}{} {}", paint.bold(&address), name(change), happens(change));
    if let Some(why) = why(change) {
        text += &format!(": {why}");
    }
    match impact(change.impact) {
        "" => {}
        words if change.impact == Impact::DataLoss => text += &format!(" - {}", paint.red(words)),
        words => text += &format!(" - {words}"),
    }
    text
}

/// Returns the object's name on the engine in brackets, unless the address says it or it is a secret.
fn name(change: &Change) -> String {
    let is_open = |side: &Sealed| !is_sensitive(&side["name"]);
    let says_more = !change.name.is_empty() && *change.name != *change.address.block.name;
    match says_more && is_open(&change.before) && is_open(&change.after) {
        true => format!(" ({})", escape(&change.name)),
        false => String::new(),
    }
}

/// Returns what a change costs, in words; empty if nothing.
pub(crate) fn impact(impact: Impact) -> &'static str {
    match impact {
        Impact::None => "",
        Impact::Live => "live",
        Impact::Blip => "blip",
        Impact::Downtime => "downtime",
        Impact::DataLoss => "data loss",
    }
}

fn happens(change: &Change) -> &'static str {
    match change.action {
        Action::Adopt if change.imported => "will be imported",
        Action::Update if change.imported => "will be imported and changed in place",
        Action::Replace | Action::ReplaceStartFirst if change.imported => "will be imported, then replaced",
        Action::NoOp => "stays as it is",
        Action::Create => "will be created",
        Action::Read => "will be read during apply",
        Action::Update => "will be changed in place",
        Action::Replace => "will be replaced",
        Action::ReplaceStartFirst => "will be replaced, its successor first",
        Action::Delete => "will be destroyed",
        Action::Forget if change.cause == Cause::Vanished => "will be forgotten",
        Action::Forget => "will be forgotten, and stays on the engine",
        Action::Keep => "is kept although it is no longer in the configuration: it is protected",
        Action::Adopt => "will be adopted as it is",
    }
}

/// Returns the reason; `None` where the action says it all.
pub(crate) fn why(change: &Change) -> Option<String> {
    Some(match &change.cause {
        Cause::None | Cause::New | Cause::Destroy => return None,
        Cause::Vanished if change.action == Action::Forget => "it is not on the engine any more".to_owned(),
        Cause::Vanished => "it was removed outside".to_owned(),
        Cause::Differences { decisive } => differences(change, decisive),
        Cause::Fixed { decisive, engine } => format!(
            "{} changed ({} cannot change this in a running container)",
            enumerate(decisive),
            escape(engine)
        ),
        Cause::Unfinished => "an earlier run did not finish it".to_owned(),
        Cause::Requested => "asked for with --replace".to_owned(),
        Cause::Triggered { by } => format!("{} changes", escape(&by.to_string())),
        Cause::Attached { to } => format!(
            "{}, which it is attached to, is replaced",
            escape(&to.to_string())
        ),
        Cause::NotInConfiguration if change.action == Action::Keep => return None,
        Cause::NotInConfiguration => "it is no longer in the configuration".to_owned(),
        Cause::Leftover if change.address.kind() == "image" => {
            "an image that was built later has taken its place".to_owned()
        }
        Cause::Leftover => "a replacement that was cut short left it behind".to_owned(),
    })
}

fn differences(change: &Change, decisive: &[String]) -> String {
    let outside = decisive.iter().all(|path| {
        change
            .differences
            .iter()
            .any(|difference| difference.path == *path && difference.drift)
    });
    let names = enumerate(decisive);
    let mut text = format!("{names} changed{}", if outside { " outside" } else { "" });
    if matches!(change.action, Action::Replace | Action::ReplaceStartFirst) {
        let what = if decisive.len() == 1 {
            names.as_str()
        } else {
            "these"
        };
        text += &format!(" ({what} cannot be changed {})", bound(change.address.kind()));
    }
    text
}

/// Returns in what an attribute cannot be changed.
fn bound(kind: &str) -> &'static str {
    match kind {
        "container" => "in a running container",
        "job" => "in a job that has run",
        _ => "in place",
    }
}

fn enumerate(paths: &[String]) -> String {
    let named: Vec<_> = paths.iter().take(NAMED).map(|path| escape(path)).collect();
    match (paths.len(), named.split_last()) {
        (_, None) => "attributes".to_owned(),
        (1, Some((only, _))) => only.to_string(),
        (count, Some(_)) if count > NAMED => format!("{} and {} more", named.join(", "), count - NAMED),
        (_, Some((last, others))) => format!("{} and {last}", others.join(", ")),
    }
}
