//! `wharf destroy`.

use super::Outcome;
use super::apply::{Approval, plan_and_carry_out};
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
    let plan = async {
        let planned = pipeline::plan(project, wanted, environment).await?;
        let approval = Approval::of(&arguments.planning, arguments.running, terminal);
        Ok((planned, approval))
    };
    plan_and_carry_out(plan, &arguments.planning, arguments.running, terminal)
}
