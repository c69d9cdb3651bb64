//! Everything up to a plan: what is seen of the world, and what is decided from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use uuid::Uuid;
use wharf_state::{Lock, State, StateFile};

use super::imports::{Taking, undecided};
use super::moved;
use super::project::Project;
use super::seen::Seen;
use crate::address::Address;
use crate::cli::arguments::Planning;
use crate::cli::environment::Environment;
use crate::cli::plan_file::PlanFile;
use crate::desired::{Desired, Import, evaluate};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::engine::Connection;
use crate::observe::Observed;
use crate::plan::{self, Options, Outlook, Plan};
use crate::run::state_problem;
use crate::value::Attributes;
use crate::value::seal::SealKey;

/// What kind of plan is wanted.
#[derive(Clone, Copy)]
pub(in crate::cli) struct Wanted<'a> {
    /// The options.
    pub(in crate::cli) planning: &'a Planning,
    /// Whether everything is to go.
    pub(in crate::cli) destroy: bool,
    /// What the plan is for, such as `apply`, if it is going to be carried out: the state is locked from now on.
    pub(in crate::cli) operation: Option<&'a str>,
    /// Whether the plan is kept, so that its key must be kept too.
    pub(in crate::cli) kept: bool,
    /// Objects that are taken over, instead of those that the configuration names.
    pub(in crate::cli) imports: &'a [Import],
}

impl Wanted<'_> {
    /// Returns what is asked of a plan, as far as it does not depend on what is there.
    pub(super) fn options(&self, key: &SealKey) -> Options {
        Options {
            destroy: self.destroy,
            replace: self.planning.replace.clone(),
            targets: self.planning.target.clone(),
            ..Options::new(Uuid::new_v4(), key.clone())
        }
    }
}

/// A plan with everything that it was made from.
pub(in crate::cli) struct Planned {
    /// The configuration.
    pub(in crate::cli) project: Project,
    /// The plan.
    pub(in crate::cli) plan: Plan,
    /// What is odd but no error.
    pub(in crate::cli) warnings: Diagnostics,
    pub(super) state: State,
    pub(super) file: StateFile,
    pub(super) key: SealKey,
    pub(super) observed: Observed,
    pub(super) connection: Option<Connection>,
    /// What references to each instance see while it is not changed.
    pub(super) attributes: BTreeMap<Address, Arc<Attributes>>,
    /// Whether the state files something under another address than before.
    pub(super) has_moved: bool,
    pub(super) lock: Option<Lock>,
}

impl Planned {
    fn of(project: Project, plan: Plan, foretold: Foretold, seen: Seen) -> Self {
        let mut warnings = foretold.desired.warnings.clone();
        warnings.extend(foretold.desired.unsettled.clone());
        warnings.extend(plan::unreadable_checks(&foretold.desired, &seen.observed));
        warnings.extend(plan::missing_paths(&plan, &foretold.desired, &seen.observed));
        warnings.extend(seen.remarks());
        warnings.extend(seen.moving.warnings);
        Self {
            project,
            plan,
            warnings,
            state: seen.state,
            file: seen.file,
            key: seen.key,
            observed: seen.observed,
            connection: seen.connection,
            attributes: foretold.attributes,
            has_moved: !seen.moving.before.is_empty(),
            lock: seen.access.into_lock(),
        }
    }
}

impl Planned {
    /// Writes what the plan takes over to the state, and does nothing else of it.
    ///
    /// # Errors
    /// The state cannot be written.
    pub(in crate::cli) fn record(mut self) -> Result<(), Diagnostic> {
        if self.state.engine_id.is_empty() {
            self.state.engine_id.clone_from(&self.plan.engine_id);
        }
        let written = self.file.write(&mut self.state);
        drop(self.lock);
        written.map_err(|error| state_problem(&error))
    }
}

/// Makes a plan.
///
/// # Errors
/// Every problem of the configuration, the state, the engine, or of what is wanted from it.
pub(in crate::cli) async fn plan(
    mut project: Project,
    wanted: Wanted<'_>,
    environment: &Environment,
) -> Result<Planned, Diagnostics> {
    project.inputs.destroying = wanted.destroy;
    let host = wanted.planning.host.as_deref();
    let taking = match wanted.imports {
        [] => Taking::Declared(&wanted.planning.target),
        named => Taking::Named(named),
    };
    let seen = Seen::by(&project, wanted, host, taking, environment).await?;
    let options = Options {
        moved: seen.moving.before.clone(),
        imports: seen.imported.clone(),
        ..wanted.options(&seen.key)
    };
    let (foretold, outlook) = foretell(&project, &seen, &options)?;
    if let Taking::Declared(targets) = taking {
        let undecided = undecided(&foretold.desired, targets);
        if undecided.has_errors() {
            return Err(undecided);
        }
    }
    let plan = plan::plan_after(outlook, &foretold.desired, &seen.observed, &seen.state, &options)?;
    Ok(Planned::of(project, plan, foretold, seen))
}

/// Takes a saved plan up again, and checks that the world is still what it assumes.
///
/// # Errors
/// It is not, or any other problem on the way.
pub(in crate::cli) async fn reopen(
    project: Project,
    saved: PlanFile,
    wanted: Wanted<'_>,
    environment: &Environment,
) -> Result<Planned, Diagnostics> {
    let host = saved.host.as_deref();
    let mut seen = Seen::by(&project, wanted, host, Taking::Planned(&saved.plan), environment).await?;
    let state = &mut seen.state;
    if state.generation == 0 && saved.plan.generation == 0 {
        // No state was there when the plan was made, and none is there now: the plan's lineage begins it.
        state.lineage = saved.plan.lineage.parse().unwrap_or(state.lineage);
    }
    let mut problems = moved::problems(&saved.plan, state, &seen.observed, &seen.key);
    problems.extend(unreadable(&saved.plan, &seen.observed));
    if problems.has_errors() {
        return Err(problems);
    }
    let options = Options {
        destroy: saved.plan.destroy,
        imports: seen.imported.clone(),
        ..Options::new(Uuid::new_v4(), seen.key.clone())
    };
    let (foretold, _) = foretell(&project, &seen, &options)?;
    Ok(Planned::of(project, saved.plan, foretold, seen))
}

/// Returns what is wrong with the local files that steps of a plan need.
fn unreadable(plan: &Plan, observed: &Observed) -> Vec<Diagnostic> {
    let steps = plan.schedule.graph.node_weights();
    let stepping: BTreeSet<&Address> = steps.map(|step| &step.address).collect();
    let files = observed.unreadable.iter();
    files
        .filter(|(address, _)| !plan.destroy && stepping.contains(address))
        .map(|(_, problem)| problem.clone())
        .collect()
}

/// The configuration as the planner sees it.
struct Foretold {
    desired: Desired,
    /// What references to each instance see while it is not changed.
    attributes: BTreeMap<Address, Arc<Attributes>>,
}

/// Evaluates the configuration with the planner's outlook, and keeps what references saw.
fn foretell<'a>(
    project: &Project,
    seen: &'a Seen,
    options: &'a Options,
) -> Result<(Foretold, Outlook<'a>), Diagnostics> {
    let mut outlook = Outlook::new(&seen.observed, &seen.state, options);
    let desired = evaluate(&project.config, &project.inputs, &mut outlook)?;
    let foretold = Foretold {
        desired,
        attributes: outlook.seen(),
    };
    Ok((foretold, outlook))
}
