//! `wharf import`: takes an object over that is there.

use super::arguments;
use super::environment::Environment;
use super::pipeline::{self, Project, Wanted};
use super::terminal::Terminal;
use super::{ExitStatus, Outcome};
use crate::desired::Import;
use crate::plan::Action;
use crate::view::escape::escape;

/// Files the object in the state, and says what the next plan will make of it.
pub(super) fn run(arguments: &arguments::Import, environment: &Environment, terminal: &Terminal) -> Outcome {
    let project = Project::load(&(&arguments.reaching.location).into(), environment)?;
    let imports = [Import {
        address: arguments.address.clone(),
        id: arguments.id.clone(),
        span: None,
    }];
    let planning = arguments.reaching.planning(vec![arguments.address.clone()]);
    let wanted = Wanted {
        planning: &planning,
        destroy: false,
        operation: Some("import"),
        kept: true,
        imports: &imports,
    };
    let runtime = pipeline::runtime()?;
    let planned = runtime.block_on(pipeline::plan(project, wanted, environment))?;
    let change = planned
        .plan
        .changes
        .iter()
        .find(|change| change.address == arguments.address);
    let address = escape(&arguments.address.to_string()).into_owned();
    let message = match change.map(|change| (change.imported, change.action)) {
        None | Some((false, _)) => format!("{address}: was ours already"),
        Some((_, Action::Adopt)) => format!("{address}: taken over, and is as the configuration says"),
        Some(_) => {
            format!(
                "{address}: taken over, but is not as the configuration says: `wharf plan` shows what differs"
            )
        }
    };
    planned.record()?;
    terminal.message(&message);
    Ok(ExitStatus::Success)
}
