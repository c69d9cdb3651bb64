//! `wharf validate`: checks the configuration without any engine.

use serde_json::json;

use super::arguments::Validate;
use super::environment::Environment;
use super::pipeline::Project;
use super::terminal::Terminal;
use super::{ExitStatus, Outcome};
use crate::diagnostic::{Diagnostics, Severity};
use crate::view;

/// Checks the configuration.
pub(super) fn run(arguments: &Validate, environment: &Environment, terminal: &Terminal) -> Outcome {
    let checked =
        Project::load(&(&arguments.inputs).into(), environment).and_then(|project| project.validate());
    let (valid, problems) = match checked {
        Ok(warnings) => (true, warnings),
        Err(problems) => (false, problems),
    };
    if arguments.json {
        terminal.result(&as_json(valid, &problems));
    } else {
        terminal.report(&problems);
        if valid {
            terminal.result("The configuration is valid.\n");
        }
    }
    Ok(if valid {
        ExitStatus::Success
    } else {
        ExitStatus::of(&problems)
    })
}

fn as_json(valid: bool, problems: &Diagnostics) -> String {
    let count = |severity| {
        problems
            .0
            .iter()
            .filter(|problem| problem.severity == severity)
            .count()
    };
    let diagnostics: Vec<_> = problems.0.iter().map(view::diagnostic_json::diagnostic).collect();
    view::state::json(&json!({
        "format_version": "1.0",
        "valid": valid,
        "error_count": count(Severity::Error),
        "warning_count": count(Severity::Warning),
        "diagnostics": diagnostics,
    }))
}
