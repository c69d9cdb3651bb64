//! Whole configurations without objects, and what came out of them in Terraform: `corpus/configs/<case>/expected.json`.
//!
//! A case is a directory with a configuration. `expected.json` holds either `outputs`, as `wharf output --json` writes them,
//! or `"error": true`: with `at`, one of the errors must point at each of these lines; where Terraform points at none, `says` has
//! our words for what is wrong. Where wharf decides otherwise on
//! purpose, `on_purpose` says why, and `outputs` or `error` say what wharf does. `cargo xtask corpus` records new cases.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::world::World;

fn cases() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/configs");
    let entries = fs::read_dir(directory).unwrap();
    let mut cases: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

/// Returns what is wrong with what wharf makes of a case.
fn difference(case: &Path) -> Option<String> {
    let expected = fs::read_to_string(case.join("expected.json")).expect("every case has an expectation");
    let expected: Json = serde_json::from_str(&expected).unwrap();
    let world = World::new("corpus");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    world.copy(case.strip_prefix(repository).unwrap().to_str().unwrap(), "");
    fs::remove_file(world.path("expected.json")).unwrap();
    // There is nothing that an engine would be needed for.
    let run = |arguments: &[&str]| {
        let mut command = world.command(arguments);
        crate::world::ran(&command.env("DOCKER_HOST", "unix:///nowhere").output().unwrap())
    };
    let applied = run(&["apply", "--auto-approve"]);
    let said = format!("{}{}", applied.stdout, applied.stderr);
    if expected["error"] == true {
        if applied.code != 1 {
            return Some(format!(
                "an error was expected, exit code {}:\n{said}",
                applied.code
            ));
        }
        let places = expected["at"].as_array().into_iter().flatten();
        let missing: Vec<&str> = places
            .filter_map(Json::as_str)
            .filter(|place| !said.contains(&format!("{place}:")))
            .collect();
        if !missing.is_empty() {
            return Some(format!("nothing points at {missing:?}:\n{said}"));
        }
        return match (&expected["at"], expected["says"].as_str()) {
            (_, Some(words)) if !said.contains(words) => Some(format!("{words:?} is not said:\n{said}")),
            (Json::Null, None) => Some(format!(
                "neither `at` nor `says` tells which error is meant:\n{said}"
            )),
            _ => None,
        };
    }
    if applied.code != 0 {
        return Some(format!("exit code {}:\n{said}", applied.code));
    }
    let outputs = run(&["output", "--json"]);
    let outputs: Json = serde_json::from_str(&outputs.stdout).unwrap();
    (outputs != expected["outputs"]).then(|| format!("{outputs:#}\ninstead of\n{:#}", expected["outputs"]))
}

#[test]
fn configurations_come_out_as_in_terraform() {
    let cases = cases();
    assert!(cases.len() > 70, "{} cases", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| Some(format!("## {}\n{}", case.display(), difference(case)?)))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {} differ\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}
