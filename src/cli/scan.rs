//! `wharf scan`: lists what is on the engine and not ours.

use super::arguments;
use super::environment::Environment;
use super::pipeline::{self, Project};
use super::terminal::Terminal;
use super::{ExitStatus, Outcome};
use crate::observe::outsiders;
use crate::view;

/// Lists by reads alone.
pub(super) fn run(arguments: &arguments::Scan, environment: &Environment, terminal: &Terminal) -> Outcome {
    let reaching = &arguments.reaching;
    let project = Project::load_or_empty(&(&reaching.location).into(), environment)?;
    let state = project.read_state()?;
    let found = pipeline::runtime()?.block_on(async {
        let connection = pipeline::reach(&project, reaching.host.as_deref(), environment).await?;
        let context = project.context();
        outsiders(&connection.reader(), &state, &context).await
    })?;
    terminal.result(&match arguments.json {
        true => view::state::json(&view::outside::json(&found)),
        false => view::outside::table(&found),
    });
    Ok(ExitStatus::Success)
}
