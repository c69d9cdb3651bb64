//! `cargo xtask matrix [NAME…]`: the engines' tests, on every engine, one engine after the other.
//!
//! What comes out is a table of engines and suites, and the names of the tests that failed. Each suite's whole output lies in
//! `target/matrix/`.

use std::fmt::Write as _;
use std::fs;
use std::process::Stdio;

use crate::engines::{self, Instance, Kind};
use crate::{command, say};

/// One group of tests that are about the engine.
struct Suite {
    name: &'static str,
    /// Where cargo finds it.
    target: &'static [&'static str],
    /// Which tests of the target it is: words of their names.
    filter: &'static str,
}

const IT: &[&str] = &["--test", "it"];

const SUITES: &[Suite] = &[
    suite("contract", &["--lib"], "the_real_engine_keeps_the_contract"),
    suite("attributes", IT, "attributes::"),
    suite("live", IT, "live::"),
    suite("changes", IT, "changes::"),
    suite("replacing", IT, "start_first:: handover:: volumes::"),
    suite("pulls", IT, "pulls::"),
    suite("adopt", IT, "adopt::"),
    suite("examples", IT, "examples::"),
    suite("safety", IT, "safety::"),
    suite("secrets", IT, "secrets::"),
    suite("state", IT, "state::"),
    suite("stopping", IT, "stopping::"),
    suite("kill", IT, "kill::"),
    suite("faults", IT, "faults::"),
];

/// Those that show that an engine works at all.
const ESSENTIAL: &Suite = &suite("essentials", IT, "hello_serves ml_run vantage6 ccf_node");

const fn suite(name: &'static str, target: &'static [&'static str], filter: &'static str) -> Suite {
    Suite { name, target, filter }
}

/// What became of a suite on an engine.
#[derive(Default)]
struct Outcome {
    passed: u32,
    failed: Vec<String>,
    /// Whether it came to its end.
    ended: bool,
}

impl Outcome {
    fn is_success(&self) -> bool {
        self.ended && self.failed.is_empty() && self.passed > 0
    }

    /// Returns the tests that failed, or that there was none.
    fn problems(self) -> Vec<String> {
        if self.is_success() {
            Vec::new()
        } else if self.failed.is_empty() {
            vec![self.cell()]
        } else {
            self.failed
        }
    }

    fn cell(&self) -> String {
        match (self.ended, self.failed.len()) {
            (false, _) => "broke off".to_owned(),
            (true, 0) => format!("{} ok", self.passed),
            (true, failed) => format!("{failed} of {} failed", failed + self.passed as usize),
        }
    }
}

/// Runs the chore: starts each engine, runs every suite on it, and stops it again if it was not running before.
///
/// # Errors
/// An engine cannot be started, or a test fails.
pub(crate) fn run(names: impl Iterator<Item = String>) -> Result<(), String> {
    let kinds = engines::named(names)?;
    engines::build()?;
    command::cargo(&["test", "--package", "wharf", "--no-run"])?;
    let mut rows = Vec::new();
    for kind in kinds {
        let all: Vec<&Suite> = SUITES.iter().collect();
        rows.push((kind.name, one(kind, &all)));
    }
    say(&table(&rows));
    let failed = rows.iter().any(|(_, row)| match row {
        Ok(outcomes) => !outcomes.iter().all(Outcome::is_success),
        Err(_) => true,
    });
    if failed {
        Err("not everything works on every engine".to_owned())
    } else {
        Ok(())
    }
}

/// Runs the suites that show that an engine works at all.
///
/// # Errors
/// As [`run`].
pub(crate) fn essentials(name: &str) -> Result<(), String> {
    for kind in engines::named(std::iter::once(name.to_owned()))? {
        let outcomes = one(kind, &[ESSENTIAL])?;
        let failed: Vec<String> = outcomes.into_iter().flat_map(Outcome::problems).collect();
        if !failed.is_empty() {
            return Err(format!("on {name}: {}", failed.join(", ")));
        }
    }
    Ok(())
}

fn one(kind: &Kind, suites: &[&Suite]) -> Result<Vec<Outcome>, String> {
    let was_up = engines::is_up(kind);
    let instance = engines::up(kind)?;
    let outcomes = suites
        .iter()
        .map(|suite| test(kind.name, &instance, suite))
        .collect();
    if !was_up {
        engines::down(kind)?;
    }
    outcomes
}

fn test(engine: &str, instance: &Instance, suite: &Suite) -> Result<Outcome, String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    // Nothing but the engine is reachable where the tests run.
    let mut tests = instance.command(&cargo, &["test", "--offline", "--quiet", "--package", "wharf"]);
    tests.args(suite.target).arg("--").args(suite.filter.split(' '));
    let directory = command::root().join("target/matrix");
    fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let path = directory.join(format!("{engine}-{}.log", suite.name));
    let output = tests.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("{tests:?}: {error}"))?;
    fs::write(&path, &output.stdout).map_err(|error| format!("{}: {error}", path.display()))?;
    let outcome = read(&String::from_utf8_lossy(&output.stdout));
    say(&format!("{engine:14} {:11} {}", suite.name, outcome.cell()));
    Ok(outcome)
}

/// Reads what the tests said.
fn read(output: &str) -> Outcome {
    let mut outcome = Outcome::default();
    let mut names = false;
    for line in output.lines() {
        if let Some(result) = line.strip_prefix("test result: ") {
            outcome.ended = true;
            let counts = result.split(['.', ';']).map(str::trim);
            let passed = counts.filter_map(|count| count.strip_suffix(" passed"));
            outcome.passed += passed.filter_map(|count| count.parse::<u32>().ok()).sum::<u32>();
            names = false;
        } else if line == "failures:" {
            // The list of names comes last, after what each of them said under the same heading.
            outcome.failed.clear();
            names = true;
        } else if names && let Some(name) = line.strip_prefix("    ") {
            outcome.failed.push(name.to_owned());
        }
    }
    outcome
}

fn table(rows: &[(&str, Result<Vec<Outcome>, String>)]) -> String {
    let mut text = String::from("\n| engine |");
    for suite in SUITES {
        let _ = write!(text, " {} |", suite.name);
    }
    let _ = write!(text, "\n| --- |{}", " --- |".repeat(SUITES.len()));
    let mut failed = String::new();
    for (engine, row) in rows {
        let _ = write!(text, "\n| {engine} |");
        match row {
            Ok(outcomes) => {
                for outcome in outcomes {
                    let _ = write!(text, " {} |", outcome.cell());
                    for name in &outcome.failed {
                        let _ = write!(failed, "\n{engine}: {name}");
                    }
                }
            }
            Err(problem) => {
                let _ = write!(text, " {problem} |");
            }
        }
    }
    format!("{text}\n{failed}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_failed_tests_are_read_after_what_they_said() {
        let output = "running 3 tests\n.F.\nfailures:\n\n---- a::b stdout ----\n    not a name\n\nfailures:\n    a::b\n\n\
                      test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 4 filtered out; finished in 1.00s\n";
        let outcome = read(output);
        assert_eq!(
            (outcome.passed, outcome.failed.as_slice()),
            (2, &["a::b".to_owned()][..])
        );
        assert!(!outcome.is_success());
    }

    #[test]
    fn a_suite_without_a_test_or_without_an_end_is_no_success() {
        assert!(!read("test result: ok. 0 passed; 0 failed; 0 ignored").is_success());
        assert!(!read("running 1 test").is_success());
        assert!(read("test result: ok. 1 passed; 0 failed; 0 ignored").is_success());
    }
}
