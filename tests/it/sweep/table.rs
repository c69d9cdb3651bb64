//! `docs/sweep.md`: what came of each value on each engine that was swept.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{Outcome, Trial};

const HEAD: &str = "\
# Sweep

Every attribute at several values: applied, then planned again. `✓` is a plan with nothing to do; everything else is why it was refused, at plan or at apply. There is no other
outcome: `tests/it/sweep/` fails on any. A column is written by `WHARF_SWEEP_TABLE=NAME cargo test --test it sweep::`, with `DOCKER_HOST` set to the engine.
";

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/sweep.md")
}

/// Writes the column that is asked for, if one is.
pub(super) fn note(trials: &[Trial], outcomes: &BTreeMap<String, Outcome>) {
    let Ok(column) = std::env::var("WHARF_SWEEP_TABLE") else {
        return;
    };
    let mut columns = read(&std::fs::read_to_string(path()).unwrap_or_default());
    let mut cells = BTreeMap::new();
    for trial in trials {
        let word = match &outcomes[&trial.address] {
            Outcome::Quiet => "✓".to_owned(),
            Outcome::Refused(why) => cell(why),
            Outcome::Noise(change) => format!("noise: {}", cell(change)),
        };
        cells.insert(row(trial), word);
    }
    columns.retain(|(name, _)| *name != column);
    columns.push((column, cells));
    columns.sort_by(|a, b| a.0.cmp(&b.0));
    std::fs::write(path(), write(trials, &columns)).unwrap();
}

type Columns = Vec<(String, BTreeMap<String, String>)>;

fn row(trial: &Trial) -> String {
    let value = trial.value.split_whitespace().collect::<Vec<_>>().join(" ");
    let value = if value.is_empty() {
        "unset".to_owned()
    } else {
        format!("`{value}`")
    };
    format!("{} | {value}", trial.case.path)
}

/// Keeps a text from ending its cell, and takes out what differs from run to run.
fn cell(text: &str) -> String {
    let names = regex::Regex::new(r"wt-sweep-[0-9]+-[0-9]+[-a-z0-9.]*|[0-9a-f]{64}").unwrap();
    let text = text.rsplit_once(": POST ").map_or(text, |(_, rest)| rest);
    let address = regex::Regex::new(r"^(container|network|volume|image|job)\.t[0-9]+: ").unwrap();
    let text = address.replace(text, "");
    let text = names
        .replace_all(&text, "…")
        .replace('|', "\\|")
        .replace('`', "'");
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // What matters stands at the end.
    match text.char_indices().rev().nth(159) {
        Some((from, _)) if from > 0 => format!("… {}", &text[from..]),
        _ => text,
    }
}

/// Reads the columns of a table that was written before.
fn read(text: &str) -> Columns {
    let mut rows = text.lines().filter(|line| line.starts_with('|'));
    let cells = |line: &str| -> Vec<String> {
        line.replace("\\|", "\u{0}")
            .trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().replace('\u{0}', "\\|"))
            .collect()
    };
    let Some(head) = rows.next().map(cells) else {
        return Vec::new();
    };
    let mut columns: Columns = head
        .into_iter()
        .skip(2)
        .map(|name| (name, BTreeMap::new()))
        .collect();
    for line in rows.skip(1) {
        let cells = cells(line);
        for (column, cell) in columns.iter_mut().zip(cells.iter().skip(2)) {
            column
                .1
                .insert(format!("{} | {}", cells[0], cells[1]), cell.clone());
        }
    }
    columns
}

fn write(trials: &[Trial], columns: &Columns) -> String {
    let mut text = HEAD.to_owned();
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let _ = writeln!(text, "\n| attribute | value | {} |", names.join(" | "));
    let _ = writeln!(text, "| --- | --- |{}", " --- |".repeat(columns.len()));
    for trial in trials {
        // A bar in a value would end the cell.
        let row = row(trial);
        let cells: Vec<&str> = columns
            .iter()
            .map(|(_, cells)| cells.get(&row).map_or("", String::as_str))
            .collect();
        let _ = writeln!(text, "| {row} | {} |", cells.join(" | "));
    }
    text
}

#[test]
fn a_table_reads_back_as_it_was_written() {
    let text =
        "# x\n\n| attribute | value | A | B |\n| --- | --- | --- | --- |\n| a.b | `c` | ✓ | no \\| way |\n";
    let columns = read(text);
    assert_eq!(columns.len(), 2);
    assert_eq!(columns[0].1["a.b | `c`"], "✓");
    assert_eq!(columns[1].1["a.b | `c`"], "no \\| way");
}
