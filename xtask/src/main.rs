//! Every chore of the project: `cargo xtask try`, `cargo xtask test`, and the rest of [`USAGE`].
//!
//! The chores install and start what they need, so that a machine with nothing but a Rust toolchain will do.

mod bench;
mod command;
mod corpus;
mod docs;
mod engine;
mod engines;
mod fuzz;
mod image;
mod matrix;
mod oracle;
mod test;
mod tryout;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask CHORE

  try      finds or starts an engine, builds wharf, makes the example's image, plans and applies examples/hello.hcl
  test     finds or starts an engine, makes the tests' image, runs every test
  sweep    the same for the tests that break calls to the engine, with every call broken in every way
  bench    measures apply, plan and destroy against the same engine calls made directly
           [--containers N] [--parallelism N] [--rounds N] [--dev]
           --language measures validate against Terraform's, if that is there [--resources N] [--rounds N] [--dev]
  corpus   records what terraform makes of the new cases in tests/corpus/configs
  fuzz     feeds arbitrary text to the parser, the evaluator, the formatter and others, and looks for panics, hangs and memory
           [TARGET…] [--minutes N] for each target; --keep takes the inputs that reach most into fuzz/seeds
  docs     writes docs/reference.md from the FIELDS tables
  oracle   asks terraform for the results of the expressions in src/eval/tests/corpus, and records them [FILE…]
  engine   finds or starts an engine, and says where it is
  engines  starts, stops or lists Docker and Podman of several versions, side by side (Debian, as root)
           up|down|list [NAME…]
  matrix   runs the engines' tests on each of these engines, one after the other
           [NAME…]
";

fn main() -> ExitCode {
    let chore = std::env::args().nth(1).unwrap_or_default();
    let result = match chore.as_str() {
        "try" => tryout::run(),
        "test" => test::run(),
        "sweep" => test::sweep(),
        "bench" => bench::run(std::env::args().skip(2)),
        "corpus" => corpus::run(),
        "fuzz" => fuzz::run(std::env::args().skip(2)),
        "docs" => docs::run(),
        "oracle" => oracle::run(std::env::args().skip(2)),
        "engines" => engines::run(std::env::args().skip(2)),
        "matrix" => matrix::run(std::env::args().skip(2)),
        engines::INSIDE => engines::inside(std::env::args().skip(2)),
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
