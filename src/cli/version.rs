//! `wharf version`.

use serde_json::json;

use super::ExitStatus;
use super::arguments::Version;
use super::terminal::Terminal;
use crate::view;

/// Shows the version.
pub(super) fn run(arguments: Version, terminal: &Terminal) -> ExitStatus {
    let version = env!("CARGO_PKG_VERSION");
    if arguments.json {
        let platform = format!("{}_{}", std::env::consts::OS, std::env::consts::ARCH);
        terminal.result(&view::state::json(&json!({
            "wharf_version": version,
            "platform": platform,
            "state_format": wharf_state::FORMAT,
        })));
    } else {
        terminal.result(&format!("wharf {version}\n"));
    }
    ExitStatus::Success
}
