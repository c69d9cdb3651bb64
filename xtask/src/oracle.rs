//! `cargo xtask oracle [FILE…]`: asks Terraform, as a black box, what expressions give, and records it.
//!
//! Each line of a file in `src/eval/tests/corpus/` begins with an expression; whatever stands behind it is written anew: its
//! value as JSON and its type, or `!error`. The tests only read what is recorded, so that they need no Terraform.
//!
//! Every expression becomes a local of its own in a file of its own, so that one that does not parse spoils no other. What
//! Terraform finds fault with is taken out until a plan succeeds; the plan tells the values and types of the rest.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::command;
use crate::say;

/// How many expressions one plan holds.
const BATCH: usize = 600;

/// How often what is wrong is taken out before it is given up.
const ROUNDS: usize = 12;

/// The lines of one output in the file of outputs.
const LINES_PER_OUTPUT: usize = 4;

#[derive(Deserialize)]
struct Plan {
    planned_values: Planned,
}

#[derive(Deserialize)]
struct Planned {
    #[serde(default)]
    outputs: BTreeMap<String, Output>,
}

#[derive(Deserialize)]
struct Output {
    #[serde(rename = "type", default)]
    ty: Json,
    value: Option<Found>,
}

#[derive(Deserialize)]
struct Found {
    json: Option<String>,
}

/// Records the given files, or all of them.
///
/// # Errors
/// A file cannot be read or written, or there is no Terraform that answers.
pub(crate) fn run(files: impl Iterator<Item = String>) -> Result<(), String> {
    let tests = command::root().join("src/eval/tests");
    let mut files: Vec<PathBuf> = files.map(PathBuf::from).collect();
    if files.is_empty() {
        let entries = fs::read_dir(tests.join("corpus")).map_err(|error| error.to_string())?;
        files.extend(entries.filter_map(|entry| Some(entry.ok()?.path())));
    }
    for file in files {
        let wrong = |error: std::io::Error| format!("{}: {error}", file.display());
        let text = fs::read_to_string(&file).map_err(wrong)?;
        let expressions: Vec<&str> = text
            .lines()
            .filter_map(|line| line.split('\t').next())
            .filter(|expression| !expression.is_empty())
            .collect();
        let mut recorded = String::new();
        for batch in expressions.chunks(BATCH) {
            let answers = ask(batch, &tests.join("files"))?;
            for (expression, answer) in batch.iter().zip(answers) {
                recorded.push_str(&format!("{expression}\t{answer}\n"));
            }
        }
        fs::write(&file, recorded).map_err(wrong)?;
        say(&format!("{}: {} expressions", file.display(), expressions.len()));
    }
    Ok(())
}

/// Returns what each expression gives.
fn ask(expressions: &[&str], fixtures: &Path) -> Result<Vec<String>, String> {
    let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
    let root = directory.path();
    command::run(Command::new("cp").arg("-a").arg(fixtures).arg(root))?;
    for (at, expression) in expressions.iter().enumerate() {
        let text = expression
            .replace('⏎', "\n")
            .replace('␍', "\r")
            .replace('␉', "\t");
        write(
            root,
            &format!("e{at}.tf"),
            &format!("locals {{\ne{at} = {text}\n}}\n"),
        )?;
    }
    let mut answers = vec!["!error".to_owned(); expressions.len()];
    let mut left: Vec<usize> = (0..expressions.len()).collect();
    for _ in 0..ROUNDS {
        let outputs: String = left
            .iter()
            .map(|at| {
                format!("output \"o{at}\" {{\nsensitive = true\nvalue = {{ json = jsonencode(local.e{at}), held = [local.e{at}] }}\n}}\n")
            })
            .collect();
        write(root, "outputs.tf", &outputs)?;
        let (succeeded, said) = terraform(
            root,
            &["plan", "-json", "-out=plan", "-input=false", "-lock=false"],
        )?;
        if succeeded {
            let (_, shown) = terraform(root, &["show", "-json", "plan"])?;
            let plan: Plan = serde_json::from_str(&shown).map_err(|error| error.to_string())?;
            for at in left {
                answers[at] = answer(plan.planned_values.outputs.get(&format!("o{at}")));
            }
            return Ok(answers);
        }
        let wrong: Vec<usize> = said.lines().filter_map(|line| culprit(line, &left)).collect();
        if wrong.is_empty() {
            return Err(format!("terraform fails and does not say where:\n{said}"));
        }
        for at in &wrong {
            // It may be named more than once.
            let _ = fs::remove_file(root.join(format!("e{at}.tf")));
        }
        left.retain(|at| !wrong.contains(at));
    }
    Err("terraform finds ever new faults".to_owned())
}

/// Returns the expression that a line of Terraform's talk finds fault with.
fn culprit(line: &str, left: &[usize]) -> Option<usize> {
    let message: Json = serde_json::from_str(line).ok()?;
    let diagnostic = message.get("diagnostic").filter(|it| it["severity"] == "error")?;
    let file = diagnostic["range"]["filename"].as_str()?;
    if file == "outputs.tf" {
        let line = usize::try_from(diagnostic["range"]["start"]["line"].as_u64()?).ok()?;
        return left.get(line.checked_sub(1)? / LINES_PER_OUTPUT).copied();
    }
    file.strip_prefix('e')?.strip_suffix(".tf")?.parse().ok()
}

fn answer(output: Option<&Output>) -> String {
    let json = output.and_then(|output| output.value.as_ref()?.json.as_deref());
    let (Some(json), Some(output)) = (json, output) else {
        return "!unknown".to_owned();
    };
    let held = &output.ty[1]["held"][1][0];
    format!("{json}\t{}", written(held))
}

/// Writes a type as the corpus has it.
fn written(ty: &Json) -> String {
    let (Some(word), inner) = (ty[0].as_str(), &ty[1]) else {
        return ty.as_str().unwrap_or_default().to_owned();
    };
    match inner {
        Json::Array(elements) if word == "tuple" => {
            let elements: Vec<String> = elements.iter().map(written).collect();
            format!("tuple([{}])", elements.join(","))
        }
        Json::Object(attributes) if word == "object" => {
            let sorted: BTreeMap<&String, &Json> = attributes.iter().collect();
            let attributes: Vec<String> = sorted
                .iter()
                .map(|(name, ty)| format!("{name}:{}", written(ty)))
                .collect();
            format!("object({{{}}})", attributes.join(","))
        }
        element => format!("{word}({})", written(element)),
    }
}

fn write(root: &Path, name: &str, text: &str) -> Result<(), String> {
    fs::write(root.join(name), text).map_err(|error| format!("{name}: {error}"))
}

/// Calls Terraform; returns whether it succeeded, and what it said.
fn terraform(root: &Path, arguments: &[&str]) -> Result<(bool, String), String> {
    let output = Command::new("terraform")
        .args(arguments)
        .current_dir(root)
        .env("CHECKPOINT_DISABLE", "1")
        .output()
        .map_err(|error| format!("terraform: {error}"))?;
    Ok((
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).into_owned(),
    ))
}
