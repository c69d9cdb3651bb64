//! `wharf show`.

use super::arguments::Show;
use super::environment::Environment;
use super::pipeline::{self, Project};
use super::terminal::Terminal;
use super::{ExitStatus, Outcome, plan_file};
use crate::view;

/// Shows a saved plan, or the state of a configuration.
pub(super) fn run(arguments: &Show, environment: &Environment, terminal: &Terminal) -> Outcome {
    let text = if plan_file::is_plan_file(&arguments.path) {
        let file = plan_file::read(&arguments.path)?;
        if arguments.json {
            view::state::json(&view::plan_json::plan(&file.plan))
        } else {
            view::plan::text(&file.plan, terminal.paint())
        }
    } else {
        let asked = pipeline::Asked {
            path: &arguments.path,
            variables: &arguments.variables,
            workspace: &arguments.workspace,
        };
        let state = Project::load(&asked, environment)?.read_state()?;
        if arguments.json {
            view::state::json(&view::state::state_json(&state))
        } else {
            view::state::show(&state, terminal.paint())
        }
    };
    terminal.result(&text);
    Ok(ExitStatus::Success)
}
