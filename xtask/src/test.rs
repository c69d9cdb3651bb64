//! `cargo xtask test`: every test on a real engine, and the essential ones on Podman too.

use crate::{command, engine, image, matrix, say};

/// Runs every test of the workspace, then those on Podman that show that it works there.
///
/// # Errors
/// No engine can be had, the build fails, or a test does.
pub(crate) fn run() -> Result<(), String> {
    let engine = engine::find_or_start()?;
    say(&format!("engine: {}", engine.host));
    command::cargo(&["build", "--package", "wharf", "--package", "stand-in"])?;
    image::ensure(&engine)?;
    engine::ensure_programs()?;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut tests = command::command(&cargo, &["test", "--workspace", "--no-fail-fast"]);
    command::run(tests.env("DOCKER_HOST", &engine.host))?;
    if !rustix::process::geteuid().is_root() {
        say("Podman needs root here: its part of the tests was not run, see docs/testing.md");
        return Ok(());
    }
    matrix::essentials("podman-4.3")
}
