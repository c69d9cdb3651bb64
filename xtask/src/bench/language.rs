//! `cargo xtask bench --language`: `wharf validate` beside `terraform validate`, on as many resources of the same shape, in turns.
//!
//! Terraform's resources are of a type that it brings along, so nothing is downloaded. Without Terraform wharf is measured alone,
//! and that is said.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{command, say};

/// What a run took.
#[derive(Clone, Copy)]
struct Cost {
    time: Duration,
    /// In KiB, the most that was resident.
    memory: u64,
}

/// Measures.
///
/// # Errors
/// An argument is wrong, wharf cannot be built, or a configuration is refused.
pub(super) fn run(arguments: impl IntoIterator<Item = String>) -> Result<(), String> {
    let (mut resources, mut rounds) = (10_000, 3);
    let options = [("--resources", &mut resources), ("--rounds", &mut rounds)];
    let dev = super::options("bench --language", arguments, options)?;
    let release: &[&str] = if dev { &[] } else { &["--release"] };
    command::cargo(&[&["build", "--package", "wharf"], release].concat())?;
    let program = super::beside(if dev { "debug" } else { "release" }, "wharf")?;
    let directory = std::env::temp_dir().join(format!("wharf-bench-{}", std::process::id()));
    let result = measure(&program, &directory, resources, rounds);
    fs::remove_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    say(&result?);
    Ok(())
}

fn measure(program: &Path, directory: &Path, resources: usize, rounds: usize) -> Result<String, String> {
    let wharf = directory.join("wharf");
    let terraform = directory.join("terraform");
    write(
        &wharf.join("main.hcl"),
        &configuration(resources, "volume \"", "volume.", "labels", "name"),
    )?;
    write(
        &terraform.join("main.tf"),
        &configuration(
            resources,
            "resource \"terraform_data\" \"",
            "terraform_data.",
            "input",
            "id",
        ),
    )?;
    let has_terraform = prepare(&terraform);
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    for _ in 0..rounds {
        ours.push(cost(Command::new(program).arg("validate").current_dir(&wharf))?);
        if has_terraform {
            theirs.push(cost(
                Command::new("terraform").arg("validate").current_dir(&terraform),
            )?);
        }
    }
    let mut text = format!(
        "`validate`, {resources} resources, every second one refers to another, median of {rounds}\n\n"
    );
    let (time, memory) = (
        median(&mut ours, |cost| cost.time),
        median(&mut ours, |cost| cost.memory),
    );
    let _ = writeln!(text, "wharf      {:8.2} s {:8} KiB", time.as_secs_f64(), memory);
    if has_terraform {
        let peer = (
            median(&mut theirs, |cost| cost.time),
            median(&mut theirs, |cost| cost.memory),
        );
        let _ = writeln!(text, "terraform  {:8.2} s {:8} KiB", peer.0.as_secs_f64(), peer.1);
        let ratio = (
            time.as_secs_f64() / peer.0.as_secs_f64(),
            memory as f64 / peer.1 as f64,
        );
        let _ = write!(text, "ratio      {:8.2}   {:8.2}", ratio.0, ratio.1);
    } else {
        text.push_str("terraform is not there: nothing to compare with");
    }
    Ok(text)
}

/// Writes resources of which every second one refers to the one before.
fn configuration(resources: usize, block: &str, address: &str, attribute: &str, read: &str) -> String {
    let mut text = String::from("locals {\n  group = upper(\"bench\")\n}\n");
    for at in 0..resources {
        let value = match at % 2 {
            0 => format!("\"first-{at}\""),
            _ => format!("\"after-${{{address}r{}.{read}}}\"", at - 1),
        };
        let _ = write!(
            text,
            "\n{block}r{at}\" {{\n  {attribute} = {{\n    group = local.group\n    place = {value}\n  }}\n}}\n"
        );
    }
    text
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let problem = |error| format!("{}: {error}", path.display());
    fs::create_dir_all(path.parent().unwrap_or(path)).map_err(problem)?;
    fs::write(path, text).map_err(problem)
}

/// Prepares Terraform's directory; false if there is no Terraform.
fn prepare(directory: &Path) -> bool {
    let mut init = Command::new("terraform");
    init.arg("init").arg("-input=false").current_dir(directory);
    let status = init.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Runs a command to its end, and looks every millisecond at how much memory it has had resident at most.
fn cost(command: &mut Command) -> Result<Cost, String> {
    let name = format!("{command:?}");
    let begun = Instant::now();
    let mut child = command
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| format!("{name}: {error}"))?;
    let status = format!("/proc/{}/status", child.id());
    let mut memory = 0;
    loop {
        let peak = fs::read_to_string(&status).ok().and_then(|text| peak(&text));
        memory = memory.max(peak.unwrap_or(0));
        match child.try_wait().map_err(|error| format!("{name}: {error}"))? {
            Some(status) if status.success() => {
                return Ok(Cost {
                    time: begun.elapsed(),
                    memory,
                });
            }
            Some(status) => return Err(format!("{name}: {status}")),
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// Reads the most that was resident, in KiB, out of what the system says of a process.
fn peak(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn median<T: Ord + Copy>(costs: &mut [Cost], of: fn(&Cost) -> T) -> T {
    costs.sort_by_key(of);
    of(&costs[costs.len() / 2])
}
