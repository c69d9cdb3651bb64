//! Everything from a plan on: run, outputs, state.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::unbounded_channel;
use wharf_state::{Output, State};

use super::planning::Planned;
use super::project::Project;
use crate::address::Address;
use crate::cli::signals;
use crate::desired::{self, Binder, Instance, Outlook, Unknowns, evaluate};
use crate::diagnostic::Diagnostics;
use crate::eval::Moment;
use crate::run::{self, Options, Run, RunReport, Store, state_problem};
use crate::value::Attributes;
use crate::value::seal::{SealKey, seal_output};
use crate::view::progress::Progress;

/// How often what shows the run is told that time passes.
const TICK: Duration = Duration::from_secs(1);

/// How an apply ended.
pub(in crate::cli) struct Applied<P> {
    /// What became of the steps.
    pub(in crate::cli) report: RunReport,
    /// What is wrong beside the steps.
    pub(in crate::cli) problems: Diagnostics,
    /// The state as it is now, unless it could not be written.
    pub(in crate::cli) state: Option<State>,
    /// What showed the run.
    pub(in crate::cli) progress: P,
}

/// Carries out a plan.
///
/// # Errors
/// The run could not begin: nothing was changed.
pub(in crate::cli) async fn apply<P: Progress + 'static>(
    planned: Planned,
    parallelism: u16,
    mut progress: P,
) -> Result<Applied<P>, Diagnostics> {
    let Planned {
        project,
        plan,
        mut state,
        mut file,
        key,
        observed,
        connection,
        attributes,
        has_moved,
        warnings: told,
        lock,
        ..
    } = planned;
    if state.engine_id.is_empty() {
        state.engine_id.clone_from(&plan.engine_id);
    }
    if has_moved {
        // Addresses are no concern of the steps: they are right before the first one begins.
        file.write(&mut state).map_err(|error| state_problem(&error))?;
    }
    let store = Store::open(file, state).map_err(|error| state_problem(&error))?;
    let binder = binder(&project, &plan, attributes.clone())?;
    let addresses: BTreeSet<String> = plan
        .changes
        .iter()
        .map(|change| change.address.to_string())
        .collect();
    let mut report = RunReport::default();
    let mut store = store;
    if let Some(connection) =
        connection.filter(|_| plan.schedule.graph.node_count() > 0 || !plan.changes.is_empty())
    {
        let (events, mut heard) = unbounded_channel();
        let interrupt = signals::listen()?;
        let shown = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(TICK);
            loop {
                tokio::select! {
                    biased;
                    event = heard.recv() => match event {
                        Some(event) => progress.event(&event),
                        None => return progress,
                    },
                    _ = ticks.tick() => progress.tick(),
                }
            }
        });
        let options = Options {
            parallelism: usize::from(parallelism),
            ..Options::new(key.clone(), project.root())
        };
        let engine = connection.docker();
        let run = Run {
            plan: &plan,
            inputs: inputs(&observed),
            binder: &binder,
            engine: &engine,
            options: &options,
            interrupt,
            events,
        };
        (report, store) = run::run(run, store).await;
        progress = shown.await.map_err(|error| {
            crate::diagnostic::Diagnostic::error("The run could not be shown to its end")
                .detail(error.to_string())
        })?;
    }
    let mut problems = std::mem::take(&mut report.problems);
    let outputs = if !report.failed.is_empty() || report.skipped > 0 || report.interrupted {
        None
    } else if plan.destroy {
        Some(BTreeMap::new())
    } else {
        let mut warnings = Diagnostics::default();
        let outputs = outputs(&project, &attributes, &report.outcomes, &key, &mut warnings);
        // What the plan had said is not said again.
        problems.extend(warnings.into_iter().filter(|warning| !told.0.contains(warning)));
        problems.note(outputs)
    };
    let state = store.close(&report, &addresses, outputs);
    let state = problems.note(state.map_err(|error| state_problem(&error)));
    drop(lock);
    Ok(Applied {
        report,
        problems,
        state,
        progress,
    })
}

/// Returns the ids that steps refer to by name.
fn inputs(observed: &crate::observe::Observed) -> run::Inputs {
    run::Inputs {
        networks: observed.networks.clone(),
        images: observed
            .images
            .iter()
            .filter_map(|(reference, image)| Some((reference.clone(), image["Id"].as_str()?.to_owned())))
            .collect(),
    }
}

/// Evaluates the outputs with what has come out, and with them whatever else is only known now: conditions and checks.
fn outputs(
    project: &Project,
    before: &BTreeMap<Address, Arc<Attributes>>,
    outcomes: &BTreeMap<Address, Arc<Attributes>>,
    key: &SealKey,
    warnings: &mut Diagnostics,
) -> Result<BTreeMap<String, Output>, Diagnostics> {
    let mut outlook = Hindsight { before, outcomes };
    let desired = evaluate(&project.config, &applied(&project.inputs), &mut outlook)?;
    warnings.extend(desired.warnings);
    let outputs = desired.outputs.iter().map(|(name, output)| {
        let value = output.value.clone().sensitive_if(output.sensitive);
        let sensitive = value.is_sensitive_anywhere();
        let stored = Output {
            value: seal_output(&value, key),
            sensitive,
        };
        (name.clone(), stored)
    });
    Ok(outputs.collect())
}

/// What references see after the run.
struct Hindsight<'a> {
    before: &'a BTreeMap<Address, Arc<Attributes>>,
    outcomes: &'a BTreeMap<Address, Arc<Attributes>>,
}

impl Outlook for Hindsight<'_> {
    fn attributes(&mut self, instance: &Instance) -> Arc<Attributes> {
        let address = &instance.address;
        let known = self.outcomes.get(address).or_else(|| self.before.get(address));
        // What a check could not read stays unknown, and so does the check.
        let unread = || Unknowns::default().attributes(instance);
        known.cloned().unwrap_or_else(unread)
    }
}

/// Makes what gives steps their values: what is not changed is known from the start.
fn binder(
    project: &Project,
    plan: &crate::plan::Plan,
    attributes: BTreeMap<Address, Arc<Attributes>>,
) -> Result<Binder, Diagnostics> {
    let graph = &plan.schedule.graph;
    let changing: BTreeSet<&Address> = graph.node_weights().map(|step| &step.address).collect();
    let mut unchanged = attributes;
    unchanged.retain(|address, _| !changing.contains(address));
    Ok(Binder::new(project.config_again()?, applied(&project.inputs))?.knowing(unchanged))
}

/// Gives the inputs of a run: what the clock says may be asked now.
fn applied(inputs: &desired::Inputs) -> desired::Inputs {
    desired::Inputs {
        moment: Moment::Now,
        ..inputs.clone()
    }
}
