//! `wharf schema`.

use super::arguments::Schema;
use super::terminal::Terminal;
use super::{ExitStatus, Outcome};
use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::kinds::{KINDS, schema};
use crate::view;

/// Shows every kind with its attributes, as JSON.
///
/// # Errors
/// There is no such kind.
pub(super) fn run(arguments: &Schema, terminal: &Terminal) -> Outcome {
    let Some(schema) = schema::schema(arguments.kind.as_deref()) else {
        let wanted = arguments.kind.as_deref().unwrap_or_default();
        let names = || KINDS.iter().map(|kind| kind.name());
        let help = match did_you_mean(wanted, names()) {
            Some(name) => format!("Did you mean `{name}`?"),
            None => format!("There is: {}.", names().collect::<Vec<_>>().join(", ")),
        };
        return Err(Diagnostic::error("Unknown kind")
            .detail(format!("There is no kind `{wanted}`."))
            .help(help)
            .into());
    };
    terminal.result(&view::state::json(&schema));
    Ok(ExitStatus::Success)
}
