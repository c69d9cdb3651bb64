//! Every chore of the project: `cargo xtask try`, `cargo xtask test`, and the rest of [`USAGE`].
//!
//! The chores install and start what they need, so that a machine with nothing but a Rust toolchain will do.

mod bench;
mod command;
mod docs;
mod engine;
mod image;
mod test;
mod tryout;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask CHORE

  try      finds or starts an engine, builds wharf, makes the example's image, plans and applies examples/hello.hcl
  test     finds or starts an engine, makes the tests' image, runs every test
  bench    measures apply, plan and destroy against the same engine calls made directly
           [--containers N] [--parallelism N] [--rounds N] [--dev]
           --language measures validate against Terraform's, if that is there [--resources N] [--rounds N] [--dev]
  docs     writes docs/reference.md from the FIELDS tables
  engine   finds or starts an engine, and says where it is
";

fn main() -> ExitCode {
    let chore = std::env::args().nth(1).unwrap_or_default();
    let result = match chore.as_str() {
        "try" => tryout::run(),
        "test" => test::run(),
        "bench" => bench::run(std::env::args().skip(2)),
        "docs" => docs::run(),
        "engine" => engine::find_or_start().map(|engine| say(&engine.host)),
        _ => {
            say(USAGE);
            return ExitCode::from(64);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            say(&format!("error: {message}"));
            ExitCode::FAILURE
        }
    }
}

/// Talks to the person at the terminal.
#[expect(clippy::print_stderr, reason = "this is the one place where the chores talk")]
pub(crate) fn say(text: &str) {
    eprintln!("{text}");
}
