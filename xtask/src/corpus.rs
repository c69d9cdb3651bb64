//! `cargo xtask corpus`: asks the `terraform` on this machine what it makes of the configurations that have no answer yet.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Map, Value as Json, json};

use crate::command::root;
use crate::say;

/// Records every case of `tests/corpus/configs` without an `expected.json`.
///
/// # Errors
/// Files cannot be read or written, or there is no `terraform`.
pub(crate) fn run() -> Result<(), String> {
    let directory = root().join("tests/corpus/configs");
    let entries = fs::read_dir(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    for case in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        let expected = case.join("expected.json");
        if expected.exists() {
            continue;
        }
        let mut text = format!("{:#}", answer(&case)?);
        text.push('\n');
        fs::write(&expected, text).map_err(|error| format!("{}: {error}", expected.display()))?;
        say(&format!("recorded {}", case.display()));
    }
    Ok(())
}

/// Returns what Terraform makes of a case.
fn answer(case: &Path) -> Result<Json, String> {
    let place = std::env::temp_dir().join(format!("wharf-corpus-{}", std::process::id()));
    let _ = fs::remove_dir_all(&place);
    copy(case, &place).map_err(|error| format!("{}: {error}", case.display()))?;
    let installed = terraform(&place, &["init", "-input=false"])?;
    let ran = match installed.status.success() {
        true => terraform(&place, &["apply", "-auto-approve", "-input=false", "-json"])?,
        false => terraform(&place, &["validate", "-json"])?,
    };
    let answer = if installed.status.success() && ran.status.success() {
        let outputs = terraform(&place, &["output", "-json"])?;
        json!({"outputs": outputs_of(&outputs)?})
    } else {
        refusal(&ran)
    };
    fs::remove_dir_all(&place).map_err(|error| format!("{}: {error}", place.display()))?;
    Ok(answer)
}

/// How the ends of our files' names, and of Terraform's, correspond; the longest come first.
const ENDINGS: [(&str, &str); 4] = [
    (".vars.hcl.json", ".tfvars.json"),
    (".vars.hcl", ".tfvars"),
    (".hcl.json", ".tf.json"),
    (".hcl", ".tf"),
];

/// The stem of the file of variables that is read by itself: ours and Terraform's.
const STEM: (&str, &str) = ("wharf", "terraform");

/// Returns how Terraform names a file.
fn theirs(name: &str) -> String {
    let found = ENDINGS
        .iter()
        .find_map(|(ours, theirs)| Some((name.strip_suffix(ours)?, *theirs)));
    match found {
        Some((stem, ending)) if stem == STEM.0 && ending.starts_with(".tfvars") => {
            format!("{}{ending}", STEM.1)
        }
        Some((stem, ending)) => format!("{stem}{ending}"),
        None => name.to_owned(),
    }
}

/// Returns how we name a file, by Terraform's name of it.
fn ours(name: &str) -> String {
    let found = ENDINGS
        .iter()
        .find_map(|(ours, theirs)| Some((name.strip_suffix(theirs)?, *ours)));
    match found {
        Some((stem, ending)) if stem == STEM.1 && ending.starts_with(".vars") => {
            format!("{}{ending}", STEM.0)
        }
        Some((stem, ending)) => format!("{stem}{ending}"),
        None => name.to_owned(),
    }
}

/// Copies a case under the names that Terraform looks for.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let named = theirs(&name);
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(name))?;
        } else {
            fs::copy(entry.path(), to.join(named))?;
        }
    }
    Ok(())
}

fn terraform(place: &Path, arguments: &[&str]) -> Result<Output, String> {
    let mut command = Command::new("terraform");
    command
        .args(arguments)
        .current_dir(place)
        .env("CHECKPOINT_DISABLE", "1");
    command.output().map_err(|error| format!("terraform: {error}"))
}

fn outputs_of(output: &Output) -> Result<Json, String> {
    let outputs: Map<String, Json> =
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let shown = |mut output: Json| {
        let sensitive = output["sensitive"] == true;
        let value = if sensitive {
            Json::Null
        } else {
            output["value"].take()
        };
        json!({"sensitive": sensitive, "value": value})
    };
    Ok(outputs
        .into_iter()
        .map(|(name, output)| (name, shown(output)))
        .collect())
}

/// Returns that it is refused, and at which lines. Where there are none, our words are added by hand, as `says`.
fn refusal(output: &Output) -> Json {
    let text = String::from_utf8_lossy(&output.stdout);
    let whole = serde_json::from_str::<Json>(&text).ok();
    let listed = whole
        .iter()
        .flat_map(|json| json["diagnostics"].as_array().into_iter().flatten().cloned());
    let lines = text
        .lines()
        .filter_map(|line| Some(serde_json::from_str::<Json>(line).ok()?["diagnostic"].take()));
    let mut places: Vec<String> = listed
        .chain(lines)
        .filter(|problem| problem["severity"] == "error")
        .filter_map(|problem| {
            let file = ours(problem["range"]["filename"].as_str()?);
            Some(format!("{file}:{}", problem["range"]["start"]["line"]))
        })
        .collect();
    places.sort();
    places.dedup();
    match places.is_empty() {
        true => json!({"error": true}),
        false => json!({"error": true, "at": places}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_correspond_in_both_directions() {
        for (name, other) in [
            ("main.hcl", "main.tf"),
            ("m/main.hcl.json", "m/main.tf.json"),
            ("wharf.vars.hcl", "terraform.tfvars"),
            ("wharf.vars.hcl.json", "terraform.tfvars.json"),
            ("a.auto.vars.hcl", "a.auto.tfvars"),
            ("a.auto.vars.hcl.json", "a.auto.tfvars.json"),
            ("wharf.hcl", "wharf.tf"),
            ("t.tpl", "t.tpl"),
        ] {
            assert_eq!(theirs(name), other);
            assert_eq!(ours(other), name);
        }
    }
}
