//! `wharf completions`.

use clap::CommandFactory;

use super::ExitStatus;
use super::arguments::{Arguments, Completions};
use super::terminal::Terminal;

pub use clap_complete::Shell;

/// Writes the completions for a shell.
pub(super) fn run(arguments: Completions, terminal: &Terminal) -> ExitStatus {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "wharf", &mut script);
    terminal.result(&String::from_utf8_lossy(&script));
    ExitStatus::Success
}
