//! `wharf plan`.

use super::arguments::Plan;
use super::environment::Environment;
use super::pipeline::{self, Planned, Project, Wanted};
use super::plan_file::{self, Parts};
use super::terminal::Terminal;
use super::{ExitStatus, Outcome};
use crate::view;
use crate::view::plan::summary::has_changes;

/// Makes a plan and shows it.
pub(super) fn run(arguments: &Plan, environment: &Environment, terminal: &Terminal) -> Outcome {
    let project = Project::load(&(&arguments.inputs).into(), environment)?;
    let wanted = Wanted {
        planning: &arguments.planning,
        destroy: arguments.destroy,
        operation: None,
        kept: arguments.out.is_some(),
        imports: &[],
    };
    let planned = pipeline::runtime()?.block_on(pipeline::plan(project, wanted, environment))?;
    terminal.report(&planned.warnings);
    terminal.result(&if arguments.planning.json {
        view::state::json(&view::plan_json::plan(&planned.plan))
    } else {
        view::plan::text(&planned.plan, terminal.paint())
    });
    save(arguments, &planned, terminal)?;
    let status = match arguments.planning.detailed_exitcode && has_changes(&planned.plan) {
        true => ExitStatus::Changes,
        false => ExitStatus::Success,
    };
    // The program ends now. To give back each small piece of memory takes longer than all that is left to do.
    std::mem::forget(planned);
    Ok(status)
}

/// Writes the plan to the file that is asked for.
fn save(
    arguments: &Plan,
    planned: &Planned,
    terminal: &Terminal,
) -> Result<(), crate::diagnostic::Diagnostic> {
    let Some(path) = &arguments.out else {
        return Ok(());
    };
    let project = &planned.project;
    let parts = Parts {
        plan: &planned.plan,
        config: &project.config,
        inputs: &project.inputs,
        host: arguments.planning.host.as_deref(),
        state: &project.state_path,
    };
    plan_file::write(path, &parts)?;
    let shown = path.display().to_string();
    let shown = view::escape::escape(&shown);
    terminal.message(&format!(
        "The plan is saved. To do exactly this: wharf apply {shown}"
    ));
    Ok(())
}
