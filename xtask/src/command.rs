//! Running other programs, with errors that name them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the project's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the project's root")
        .to_owned()
}

/// Returns a command that will run in the project's root.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    // Cargo tells this chore which package it is. A cargo that inherited that would build anew what depends on it.
    for (name, _) in std::env::vars_os() {
        let about_package = ["CARGO_PKG_", "CARGO_MANIFEST_"];
        if about_package
            .iter()
            .any(|prefix| name.as_encoded_bytes().starts_with(prefix.as_bytes()))
        {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a command that shows its output to the user.
///
/// # Errors
/// It cannot be started, or ends with anything but 0.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let name = format!("{command:?}");
    let status = command.status().map_err(|error| format!("{name}: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{name}: {status}"))
    }
}

/// Runs `cargo` with the toolchain that runs this chore.
///
/// # Errors
/// As [`run`].
pub(crate) fn cargo(arguments: &[&str]) -> Result<(), String> {
    run(&mut command(
        &std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()),
        arguments,
    ))
}

/// Returns where a program of the workspace was built to.
pub(crate) fn built(program: &str) -> PathBuf {
    // This chore was built by the same cargo into the same directory.
    let own = std::env::current_exe().expect("the system knows the path of a running program");
    own.with_file_name(program)
}
