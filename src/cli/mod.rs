//! The command line: one file per command. The environment is read here, once.

use std::process::ExitCode;

/// Parses, runs, and returns the exit code.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
