//! `cargo xtask test`: every test on a real engine, and the essential ones on Podman too; `cargo xtask sweep`: every fault.

use std::process::Command;

use crate::{command, engine, image, matrix, say};

/// Runs every test of the workspace, then those on Podman that show that it works there.
///
/// # Errors
/// No engine can be had, the build fails, or a test does.
pub(crate) fn run() -> Result<(), String> {
    command::run(&mut prepared(&["test", "--workspace", "--no-fail-fast"])?)?;
    if !rustix::process::geteuid().is_root() {
        say("Podman needs root here: its part of the tests was not run, see docs/testing.md");
        return Ok(());
    }
    matrix::essentials("podman-4.3")
}

/// Breaks every call of every scenario in every way.
///
/// # Errors
/// As [`run`].
pub(crate) fn sweep() -> Result<(), String> {
    let tests = ["faults::", "volumes::a_migration_that_is_broken_off"];
    let mut sweep = prepared(&["test", "--test", "it", "--no-fail-fast", "--"])?;
    command::run(sweep.args(tests).env("WHARF_SWEEP", "full"))
}

/// Makes what tests need, and returns the cargo that runs them.
fn prepared(arguments: &[&str]) -> Result<Command, String> {
    let engine = engine::find_or_start()?;
    say(&format!("engine: {}", engine.host));
    command::cargo(&["build", "--package", "wharf", "--package", "stand-in"])?;
    image::ensure(&engine)?;
    engine::ensure_programs()?;
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut tests = command::command(&cargo, arguments);
    tests.env("DOCKER_HOST", &engine.host);
    if std::env::var_os("RUST_TEST_THREADS").is_none() {
        // Most of its time a test waits for the engine, which has only so many networks to give.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        tests.env("RUST_TEST_THREADS", (cores * 3).div_ceil(2).min(8).to_string());
    }
    Ok(tests)
}
