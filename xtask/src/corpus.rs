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

/// Copies a case under the names that Terraform looks for.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let named = match name.as_str() {
            "wharf.vars.hcl" => "terraform.tfvars".to_owned(),
            name if name.ends_with(".auto.vars.hcl") => name.replace(".auto.vars.hcl", ".auto.tfvars"),
            name => match (name.strip_suffix(".hcl"), name.strip_suffix(".hcl.json")) {
                (Some(stem), _) => format!("{stem}.tf"),
                (_, Some(stem)) => format!("{stem}.tf.json"),
                _ => name.to_owned(),
            },
        };
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

/// Returns that it is refused, and at which lines.
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
            let file = problem["range"]["filename"].as_str()?.replace(".tf", ".hcl");
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
