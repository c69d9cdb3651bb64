//! `cargo xtask docs`: writes what is generated from the code.

use crate::command;

/// Writes the reference.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn run() -> Result<(), String> {
    let path = command::root().join("docs/reference.md");
    std::fs::write(&path, wharf::kinds::reference::reference())
        .map_err(|error| format!("{}: {error}", path.display()))
}
