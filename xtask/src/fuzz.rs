//! `cargo xtask fuzz`: builds the fuzz targets with the toolchain that is there, and runs them one after the other.
//!
//! libFuzzer comes with a crate and the coverage with the compiler, so neither cargo-fuzz nor a nightly toolchain is needed. No
//! sanitizer either: wharf has no unsafe code, and what is looked for are panics, hangs and memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::command;
use crate::say;

/// What the compiler is told, so that libFuzzer sees which way the code took and what it compared.
const COVERAGE: [&str; 7] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    // What cargo-fuzz sets too: some crates replace randomness or checksums then.
    "--cfg",
    "fuzzing",
];

/// What one input may cost: seconds, MiB, and its own size.
const LIMITS: [&str; 3] = ["-timeout=5", "-rss_limit_mb=512", "-max_len=4096"];

/// What is to be done.
struct Plan {
    targets: Vec<String>,
    minutes: u64,
    keep: bool,
}

/// Builds and runs the targets that are named, or all.
///
/// # Errors
/// An argument is wrong, a target cannot be built, or it failed: then the input is named.
pub(crate) fn run(arguments: impl Iterator<Item = String>) -> Result<(), String> {
    let directory = command::root().join("fuzz");
    let plan = plan(arguments, &targets(&directory)?)?;
    build(&directory, &plan.targets)?;
    let mut failed = Vec::new();
    let mut table =
        String::from("| target | runs | a second | memory | inputs |\n| --- | --- | --- | --- | --- |\n");
    for target in &plan.targets {
        let run = Run::of(&directory, target);
        let outcome = if plan.keep {
            run.keep()
        } else {
            run.fuzz(plan.minutes)
        };
        match outcome {
            Ok(row) => table.push_str(&row),
            Err(problem) => failed.push(problem),
        }
    }
    if !plan.keep {
        say(&table);
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(failed.join("\nerror: ")),
    }
}

/// Returns the names of all targets.
fn targets(directory: &Path) -> Result<Vec<String>, String> {
    let sources = directory.join("fuzz_targets");
    let entries = fs::read_dir(&sources).map_err(|error| format!("{}: {error}", sources.display()))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    Ok(names)
}

fn plan(mut arguments: impl Iterator<Item = String>, all: &[String]) -> Result<Plan, String> {
    let mut plan = Plan {
        targets: Vec::new(),
        minutes: 1,
        keep: false,
    };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--keep" => plan.keep = true,
            "--minutes" => {
                let number = arguments.next().and_then(|text| text.parse().ok());
                plan.minutes = number
                    .filter(|minutes| *minutes > 0)
                    .ok_or("`--minutes` takes a number above 0")?;
            }
            target if all.iter().any(|name| name == target) => plan.targets.push(argument),
            _ => {
                return Err(format!(
                    "`{argument}` is no fuzz target; there are {}",
                    all.join(", ")
                ));
            }
        }
    }
    if plan.targets.is_empty() {
        plan.targets = all.to_vec();
    }
    Ok(plan)
}

/// Builds the targets, with all that they are made of, so that libFuzzer sees their ways.
fn build(directory: &Path, targets: &[String]) -> Result<(), String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let mut build = command::command(&cargo, &["build", "--release"]);
    for target in targets {
        build.args(["--bin", target]);
    }
    build
        .current_dir(directory)
        .env("CARGO_TARGET_DIR", directory.join("target"))
        .env("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\u{1f}"));
    command::run(&mut build)
}

/// One target with its directories.
struct Run<'a> {
    target: &'a str,
    program: PathBuf,
    /// What is in the repository.
    seeds: PathBuf,
    /// What earlier runs found.
    corpus: PathBuf,
    /// Inputs that failed.
    artifacts: PathBuf,
    words: PathBuf,
}

impl<'a> Run<'a> {
    fn of(directory: &Path, target: &'a str) -> Self {
        let target_directory = directory.join("target");
        // The configuration of cargo may name the platform, which then is a directory.
        let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let below = [
            target_directory.join(platform).join("release"),
            target_directory.join("release"),
        ];
        let program = below.map(|place| place.join(target));
        Self {
            target,
            program: program
                .iter()
                .find(|path| path.exists())
                .unwrap_or(&program[1])
                .clone(),
            seeds: directory.join("seeds").join(target),
            corpus: directory.join("corpus").join(target),
            artifacts: directory.join("artifacts").join(target),
            words: directory.join("words.dict"),
        }
    }

    /// Runs the target for that long; returns a row of the table.
    fn fuzz(&self, minutes: u64) -> Result<String, String> {
        for place in [&self.corpus, &self.artifacts] {
            fs::create_dir_all(place).map_err(|error| format!("{}: {error}", place.display()))?;
        }
        say(&format!("{}: {minutes} min", self.target));
        let mut fuzzer = Command::new(&self.program);
        fuzzer
            .args(LIMITS)
            .arg(format!("-max_total_time={}", minutes * 60))
            .arg(format!("-artifact_prefix={}/", self.artifacts.display()))
            .arg(format!("-dict={}", self.words.display()))
            .arg("-print_final_stats=1")
            .arg(&self.corpus)
            .arg(&self.seeds);
        let log = self.artifacts.with_extension("log");
        let written = fs::File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        fuzzer.stdout(Stdio::null()).stderr(written);
        let status = fuzzer
            .status()
            .map_err(|error| format!("{}: {error}", self.program.display()))?;
        // What panics print is text of the input.
        let said = fs::read(&log).map_err(|error| format!("{}: {error}", log.display()))?;
        let said = String::from_utf8_lossy(&said);
        if !status.success() {
            let input = said
                .lines()
                .find_map(|line| line.split("Test unit written to ").nth(1));
            return Err(format!(
                "{} failed: {}\n  what it said: {}\n  again: {} {}",
                self.target,
                input.unwrap_or("no input was written"),
                log.display(),
                self.program.display(),
                input.unwrap_or_default()
            ));
        }
        let stat = |name: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().trim().to_owned()
        };
        let inputs = fs::read_dir(&self.corpus).map_or(0, Iterator::count);
        Ok(format!(
            "| {} | {} | {} | {} MiB | {inputs} |\n",
            self.target,
            stat("stat::number_of_executed_units:"),
            stat("stat::average_exec_per_sec:"),
            stat("stat::peak_rss_mb:"),
        ))
    }

    /// Replaces the seeds by the fewest inputs that reach what seeds and corpus reach; returns nothing to show.
    fn keep(&self) -> Result<String, String> {
        let problem = |error: std::io::Error| format!("{}: {error}", self.seeds.display());
        let fewest = self.seeds.with_extension("new");
        fs::create_dir_all(&fewest).map_err(problem)?;
        let mut merge = Command::new(&self.program);
        merge
            .args(LIMITS)
            .arg("-set_cover_merge=1")
            .arg(&fewest)
            .arg(&self.seeds);
        if self.corpus.exists() {
            merge.arg(&self.corpus);
        }
        command::run(merge.stderr(Stdio::null()))?;
        fs::remove_dir_all(&self.seeds).map_err(problem)?;
        fs::rename(&fewest, &self.seeds).map_err(problem)?;
        Ok(String::new())
    }
}
