//! `wharf destroy`.

use super::Outcome;
use super::apply::{Approval, carry_out};
use super::arguments::Destroy;
use super::environment::Environment;
use super::pipeline::{self, Project, Wanted};
use super::terminal::Terminal;

/// Plans to take everything away, asks, and does it.
pub(super) fn run(arguments: &Destroy, environment: &Environment, terminal: &Terminal) -> Outcome {
    let project = Project::load(&(&arguments.inputs).into(), environment)?;
    let wanted = Wanted {
        planning: &arguments.planning,
        destroy: true,
        operation: Some("destroy"),
        kept: true,
        imports: &[],
    };
    let runtime = pipeline::runtime()?;
    let status = runtime.block_on(async {
        let planned = pipeline::plan(project, wanted, environment).await?;
        let approval = Approval::of(&arguments.planning, arguments.running, terminal);
        // On the heap: the whole run is in this one future.
        Box::pin(carry_out(
            planned,
            approval,
            &arguments.planning,
            arguments.running,
            terminal,
        ))
        .await
    });
    // A call that is no longer waited for must not keep the process.
    runtime.shutdown_background();
    status
}
