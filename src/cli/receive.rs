//! `wharf receive`: the far side of a sync, run inside a container that sees only the target.

use super::arguments::Receive;
use super::{ExitStatus, Outcome};
use crate::diagnostic::Diagnostic;
use crate::sync;

/// Receives one sync from standard input.
pub(super) fn run(arguments: &Receive) -> Outcome {
    match sync::receive(
        std::io::stdin().lock(),
        std::io::stdout().lock(),
        &arguments.target,
    ) {
        Ok(()) => Ok(ExitStatus::Success),
        Err(error) => Err(Diagnostic::error("The sync failed")
            .detail(format!("`{}`: {error}.", arguments.target.display()))
            .into()),
    }
}
