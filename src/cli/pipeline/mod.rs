//! The stages put together: configuration, inputs, state, engine, snapshot, plan, run, outputs, state.
//!
//! | file | what it does |
//! | --- | --- |
//! | `project` | which configuration with which inputs, and its state |
//! | `access` | who may touch the state meanwhile |
//! | `seen` | what is remembered, and a snapshot of the engine |
//! | `imports` | objects that are taken over |
//! | `planning` | everything up to a plan |
//! | `moved` | whether the world is still what a saved plan assumes |
//! | `applying` | everything from a plan on |

mod access;
mod applying;
mod imports;
mod moved;
mod moving;
mod planning;
mod project;
mod seen;

use crate::diagnostic::Diagnostic;

pub(super) use applying::apply;
pub(super) use imports::matching;
pub(super) use planning::{Planned, Wanted, plan, reopen};
pub(super) use project::{Asked, Project};
pub(super) use seen::reach;

/// Starts what the engine's calls run on.
///
/// # Errors
/// The system gives no threads.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Diagnostic> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Diagnostic::error("Cannot start").detail(format!("The system says: {error}.")))
}
