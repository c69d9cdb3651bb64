//! `wharf apply`.

use super::arguments::{Apply, Planning, Running};
use super::environment::Environment;
use super::pipeline::{self, Asked, Planned, Project, Wanted};
use super::terminal::Terminal;
use super::{ExitStatus, Outcome, plan_file};
use crate::diagnostic::{Diagnostic, Diagnostics, Fault};
use crate::plan::Plan;
use crate::run::RunReport;
use crate::view;
use crate::view::plan::summary::has_changes;
use crate::view::progress::{JsonLines, Progress, Tally, summary};

/// Plans, asks, and carries the plan out; or carries a saved plan out.
pub(super) fn run(arguments: &Apply, environment: &Environment, terminal: &Terminal) -> Outcome {
    let wanted = Wanted {
        planning: &arguments.planning,
        destroy: arguments.destroy,
        operation: Some("apply"),
        kept: true,
        imports: &[],
    };
    let plan = async {
        if plan_file::is_plan_file(&arguments.path) {
            return Ok((saved(arguments, wanted, environment).await?, Approval::Given));
        }
        let asked = Asked {
            path: &arguments.path,
            variables: &arguments.variables,
            workspace: &arguments.workspace,
        };
        let project = Project::load(&asked, environment)?;
        let approval = Approval::of(&arguments.planning, arguments.running, terminal);
        Ok((pipeline::plan(project, wanted, environment).await?, approval))
    };
    plan_and_carry_out(plan, &arguments.planning, arguments.running, terminal)
}

/// Waits for a plan and carries it out, on threads of its own.
pub(super) fn plan_and_carry_out(
    plan: impl Future<Output = Result<(Planned, Approval), Diagnostics>>,
    planning: &Planning,
    running: Running,
    terminal: &Terminal,
) -> Outcome {
    let runtime = pipeline::runtime()?;
    let status = runtime.block_on(async {
        let (planned, approval) = plan.await?;
        // On the heap: the whole run is in this one future.
        Box::pin(carry_out(planned, approval, planning, running, terminal)).await
    });
    // A call that is no longer waited for must not keep the process.
    runtime.shutdown_background();
    status
}

async fn saved(
    arguments: &Apply,
    wanted: Wanted<'_>,
    environment: &Environment,
) -> Result<Planned, Diagnostics> {
    let planning = &arguments.planning;
    if arguments.destroy
        || !planning.target.is_empty()
        || !planning.replace.is_empty()
        || planning.host.is_some()
    {
        return Err(Diagnostic::error("A saved plan cannot be changed")
            .detail("What is done was decided when the plan was made.")
            .help("Give `--destroy`, `--target`, `--replace` and `--host` to `wharf plan --out`.")
            .fault(Fault::Usage)
            .into());
    }
    let file = plan_file::read(&arguments.path)?;
    let project = Project::saved(&file, &arguments.variables, environment)?;
    pipeline::reopen(project, file, wanted, environment).await
}

/// Whether the user agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Approval {
    /// The user did already.
    Given,
    /// The user is asked.
    Asked,
    /// The user cannot be asked.
    Missing,
}

impl Approval {
    /// Decides by the options and by whether somebody is there to answer.
    pub(super) fn of(planning: &Planning, running: Running, terminal: &Terminal) -> Self {
        if running.auto_approve {
            Self::Given
        } else if planning.input && !planning.json && terminal.can_ask() {
            Self::Asked
        } else {
            Self::Missing
        }
    }

    fn obtain(self, plan: &Plan, terminal: &Terminal) -> Result<(), Diagnostic> {
        let question = if plan.destroy {
            "Destroy all of this? It cannot be undone."
        } else {
            "Do exactly this?"
        };
        match self {
            Self::Given => Ok(()),
            Self::Asked if terminal.ask(question) => Ok(()),
            Self::Asked => Err(Diagnostic::error("Not approved").detail("Nothing was changed.")),
            Self::Missing => Err(Diagnostic::error("Approval is needed")
                .detail("There is no terminal on which it could be asked for. Nothing was changed.")
                .help("Look at the plan first, then give `--auto-approve`; or save the plan and apply the file.")),
        }
    }
}

/// Shows a plan, asks for approval, carries the plan out and tells how that ended.
async fn carry_out(
    planned: Planned,
    approval: Approval,
    planning: &Planning,
    running: Running,
    terminal: &Terminal,
) -> Outcome {
    terminal.report(&planned.warnings);
    let changes = has_changes(&planned.plan);
    if planning.json {
        let mut lines = JsonLines::new(std::io::stdout(), jiff::Timestamp::now);
        lines.plan(&planned.plan);
        if changes {
            approval.obtain(&planned.plan, terminal)?;
        }
        return as_json(planned, planning.detailed_exitcode && changes, running, lines).await;
    }
    terminal.message(view::plan::text(&planned.plan, terminal.message_paint()).trim_end());
    if !changes {
        return remember(planned, running, terminal).await;
    }
    approval.obtain(&planned.plan, terminal)?;
    terminal.message("");
    let destroy = planned.plan.destroy;
    let progress = terminal.progress(&planned.plan);
    let applied = pipeline::apply(planned, running.parallelism, progress).await?;
    let mut progress = applied.progress;
    let tally = progress.finish();
    let status = status(&applied.report, &applied.problems, planning.detailed_exitcode);
    let mut problems = failures(&applied.report);
    problems.extend(applied.problems);
    terminal.message("");
    terminal.report(&problems);
    terminal.message(&summary(&tally, destroy));
    if let Some(state) = applied.state.filter(|state| !state.outputs.is_empty()) {
        terminal.message("\nOutputs:\n");
        terminal.result(&view::state::outputs(&state));
    }
    Ok(status)
}

/// Does nothing on the engine, but brings the state up to date: it may have been lost.
async fn remember(planned: Planned, running: Running, terminal: &Terminal) -> Outcome {
    let progress = terminal.progress(&planned.plan);
    let applied = pipeline::apply(planned, running.parallelism, progress).await?;
    let mut problems = failures(&applied.report);
    problems.extend(applied.problems);
    terminal.report(&problems);
    Ok(if problems.has_errors() {
        ExitStatus::of(&problems)
    } else {
        ExitStatus::Success
    })
}

/// The same with JSON lines instead of words.
async fn as_json(
    planned: Planned,
    tells_changes: bool,
    running: Running,
    lines: JsonLines<std::io::Stdout>,
) -> Outcome {
    let applied = pipeline::apply(planned, running.parallelism, lines).await?;
    let mut lines = applied.progress;
    let tally: Tally = lines.finish();
    lines.diagnostics(&applied.problems);
    lines.summary(&tally);
    if let Some(state) = &applied.state {
        lines.outputs(
            state
                .outputs
                .iter()
                .map(|(name, output)| (name.as_str(), &output.value)),
        );
    }
    Ok(status(&applied.report, &applied.problems, tells_changes))
}

fn failures(report: &RunReport) -> Diagnostics {
    let problems = report
        .failed
        .iter()
        .flat_map(|failure| failure.problems.0.iter().cloned());
    Diagnostics(problems.collect())
}

fn status(report: &RunReport, problems: &Diagnostics, tells_changes: bool) -> ExitStatus {
    if report.interrupted {
        return ExitStatus::Interrupted;
    }
    let failures = failures(report);
    if !failures.has_errors() && !problems.has_errors() {
        return if tells_changes {
            ExitStatus::Changes
        } else {
            ExitStatus::Success
        };
    }
    if report.changed {
        ExitStatus::Partial
    } else if failures.has_errors() {
        ExitStatus::of(&failures)
    } else {
        ExitStatus::of(problems)
    }
}
