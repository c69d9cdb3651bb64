//! Everything up to a plan: state, engine, snapshot, decision.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use uuid::Uuid;
use wharf_state::{Files, Intent, Leftover, Lock, State, StateFile, holder, load_or_make_key};

use super::moved;
use super::moving::{self, Moving};
use super::project::{Project, lock};
use crate::address::Address;
use crate::cli::arguments::Planning;
use crate::cli::environment::Environment;
use crate::cli::plan_file::PlanFile;
use crate::desired::{Desired, Instance, Moves, Outlook as Foretells, Unknowns, evaluate};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::engine::{Choice, Connection, ObjectKind, connect, locate};
use crate::kinds::kind;
use crate::observe::{self, Observed};
use crate::plan::{self, Options, Outlook, Plan};
use crate::run::state_problem;
use crate::value::Attributes;
use crate::value::seal::SealKey;

/// How often a lock is looked at while it is waited for.
const PAUSE: Duration = Duration::from_millis(100);

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
    pub(super) attributes: BTreeMap<Address, Attributes>,
    /// Whether the state files something under another address than before.
    pub(super) has_moved: bool,
    pub(super) lock: Option<Lock>,
}

/// Makes a plan.
///
/// # Errors
/// Every problem of the configuration, the state, the engine, or of what is wanted from it.
pub(in crate::cli) async fn plan(
    project: Project,
    wanted: Wanted<'_>,
    environment: &Environment,
) -> Result<Planned, Diagnostics> {
    let file = project.state_file()?;
    let lock = secure(&file, wanted, environment)?;
    let mut state = project.state_in(&file)?;
    let Moving { moves, before, warnings } = moving::moved(&project.config, &mut state);
    let key = key(file.files(), wanted)?;
    let host = wanted.planning.host.as_deref();
    let place = Place {
        files: file.files(),
        host,
        moves,
    };
    let found = look(&project, &state, place, &key, environment).await?;
    let has_moved = !before.is_empty();
    let options = Options {
        moved: before,
        destroy: wanted.destroy,
        replace: wanted.planning.replace.clone(),
        targets: wanted.planning.target.clone(),
        ..Options::new(Uuid::new_v4(), key.clone())
    };
    let (desired, attributes) = foretell(&project, &state, &found.observed, &options)?;
    let plan = plan::plan(&desired, &found.observed, &state, &options)?;
    let warnings = all_warnings(warnings, &desired, &state, &file, &found);
    Ok(Planned {
        project,
        plan,
        warnings,
        state,
        file,
        key,
        observed: found.observed,
        connection: found.connection,
        attributes,
        has_moved,
        lock,
    })
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
    let file = project.state_file()?;
    let lock = secure(&file, wanted, environment)?;
    let mut state = project.state_in(&file)?;
    if state.generation == 0 && saved.plan.generation == 0 {
        // No state was there when the plan was made, and none is there now: the plan's lineage begins it.
        state.lineage = saved.plan.lineage.parse().unwrap_or(state.lineage);
    }
    let Moving { moves, before, warnings } = moving::moved(&project.config, &mut state);
    let key = key(file.files(), wanted)?;
    let place = Place {
        files: file.files(),
        host: saved.host.as_deref(),
        moves,
    };
    let found = look(&project, &state, place, &key, environment).await?;
    let problems = moved::problems(&saved.plan, &state, &found.observed);
    if problems.has_errors() {
        return Err(problems);
    }
    let options = Options {
        destroy: saved.plan.destroy,
        ..Options::new(Uuid::new_v4(), key.clone())
    };
    let (desired, attributes) = foretell(&project, &state, &found.observed, &options)?;
    let warnings = all_warnings(warnings, &desired, &state, &file, &found);
    Ok(Planned {
        project,
        plan: saved.plan,
        warnings,
        state,
        file,
        key,
        observed: found.observed,
        connection: found.connection,
        attributes,
        has_moved: !before.is_empty(),
        lock,
    })
}

/// Puts together what is odd but no error.
fn all_warnings(
    moving: Diagnostics,
    desired: &Desired,
    state: &State,
    file: &StateFile,
    found: &Found,
) -> Diagnostics {
    let mut warnings = desired.warnings.clone();
    warnings.extend(desired.unsettled.clone());
    warnings.extend(moving);
    warnings.extend(plan::unreadable_checks(desired, &found.observed));
    warnings.extend(remarks(state, file, found));
    warnings
}

/// Says what is odd about what is remembered.
fn remarks(state: &State, file: &StateFile, found: &Found) -> Vec<Diagnostic> {
    let path = |path: &std::path::Path| path.display().to_string();
    let mut remarks = Vec::new();
    if found.damaged > 0 {
        remarks.push(
            Diagnostic::warning("The journal is damaged")
                .detail(format!(
                    "{} of the records in {} cannot be read. What an earlier run did then may look like somebody else's.",
                    found.damaged,
                    path(&file.files().journal)
                ))
                .help("Look for objects that bear this project's labels and are not in the plan."),
        );
    }
    let known = found.observed.objects.values().flatten();
    let unknown = known.filter(|object| !found.observed.begun.contains(&object.ownership.nonce));
    let count = unknown.count();
    if state.objects.is_empty() && count > 0 {
        remarks.push(
            Diagnostic::warning("The state does not know what is there")
                .detail(format!(
                    "{count} of this project's objects were recognised by their labels alone: {} is missing, or was lost.",
                    path(&file.files().state)
                ))
                .help("The next apply records them."),
        );
    }
    remarks
}

/// What was seen of the world.
struct Found {
    /// How many records of the journal cannot be read.
    damaged: usize,
    observed: Observed,
    connection: Option<Connection>,
}

/// Where to look, and what has other addresses by now.
struct Place<'a> {
    files: &'a Files,
    /// The engine that the command line names.
    host: Option<&'a str>,
    moves: Moves,
}

/// Looks at the engine; not at all when there is nothing to look for.
async fn look(
    project: &Project,
    state: &State,
    place: Place<'_>,
    key: &SealKey,
    environment: &Environment,
) -> Result<Found, Diagnostics> {
    let Place { files, host, moves } = place;
    let leftover = Leftover::read(&files.journal).map_err(|error| state_problem(&error))?;
    let desired = evaluate(&project.config, &project.inputs, &mut Unknowns::default())?;
    if desired.instances.is_empty() && state.objects.is_empty() && leftover.nonces.is_empty() {
        return Ok(Found {
            damaged: leftover.damaged,
            // Nothing was looked at, so that nothing is known of another engine either.
            observed: Observed {
                engine_id: state.engine_id.clone(),
                ..Observed::default()
            },
            connection: None,
        });
    }
    let choice = match host.or(project.settings.engine_host.as_deref()) {
        Some(host) => Choice::Host(host.to_owned()),
        None => Choice::Default,
    };
    let connection = connect(&locate(&choice, &environment.engine)?).await?;
    let context = observe::Context {
        project: project.settings.project.clone(),
        workspace: project.inputs.workspace.clone(),
        root: project.root(),
        nonces: leftover.nonces,
        key: key.clone(),
        kinds: kind,
        moves,
    };
    let begun = begun(&leftover.pending);
    let observed = settled(&connection, &desired, state, &context, &begun).await?;
    Ok(Found {
        damaged: leftover.damaged,
        observed,
        connection: Some(connection),
    })
}

/// How long an engine may go on with what a killed run had asked of it, before that counts as never asked.
const SETTLE: Duration = Duration::from_secs(3);

/// Returns the nonces of the objects that a killed run was about to make.
fn begun(pending: &[Intent]) -> BTreeSet<String> {
    let makes_object = |intent: &&Intent| {
        let address: Option<Address> = intent.address.parse().ok();
        let object = address.and_then(|address| kind(address.kind())?.object());
        intent.id.is_empty() && object.is_some_and(|object| object != ObjectKind::Image)
    };
    pending
        .iter()
        .filter(makes_object)
        .map(|intent| intent.nonce.clone())
        .collect()
}

/// Looks until everything that a killed run had begun has shown itself, or time is up: who stops waiting for an engine does not
/// stop it.
async fn settled(
    connection: &Connection,
    desired: &Desired,
    state: &State,
    context: &observe::Context,
    begun: &BTreeSet<String>,
) -> Result<Observed, Diagnostics> {
    let since = Instant::now();
    loop {
        let observed = observe::observe(&connection.reader(), desired, state, context).await?;
        let there: BTreeSet<&str> = observed
            .objects
            .values()
            .flatten()
            .map(|object| object.ownership.nonce.as_str())
            .collect();
        if since.elapsed() > SETTLE || begun.iter().all(|nonce| there.contains(nonce.as_str())) {
            return Ok(observed);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Evaluates the configuration with the planner's outlook, and keeps what references saw.
fn foretell(
    project: &Project,
    state: &State,
    observed: &Observed,
    options: &Options,
) -> Result<(Desired, BTreeMap<Address, Attributes>), Diagnostics> {
    let mut outlook = Recorded {
        outlook: Outlook::new(observed, state, options),
        seen: BTreeMap::new(),
    };
    let desired = evaluate(&project.config, &project.inputs, &mut outlook)?;
    Ok((desired, outlook.seen))
}

/// Remembers what an outlook said.
struct Recorded<'a> {
    outlook: Outlook<'a>,
    seen: BTreeMap<Address, Attributes>,
}

impl Foretells for Recorded<'_> {
    fn attributes(&mut self, instance: &Instance) -> Attributes {
        let attributes = self.outlook.attributes(instance);
        self.seen.insert(instance.address.clone(), attributes.clone());
        attributes
    }
}

/// Takes the lock if the plan is going to be carried out; else only makes sure that nobody holds it.
fn secure(
    file: &StateFile,
    wanted: Wanted<'_>,
    environment: &Environment,
) -> Result<Option<Lock>, Diagnostic> {
    let timeout = wanted.planning.lock_timeout;
    match wanted.operation {
        Some(operation) => lock(file, operation, environment, timeout).map(Some),
        None => wait_for_others(file.files(), timeout).map(|()| None),
    }
}

/// Waits until no run changes the state: a plan that is made meanwhile would be stale at once.
fn wait_for_others(files: &Files, timeout: Duration) -> Result<(), Diagnostic> {
    let begin = Instant::now();
    loop {
        match holder(&files.lock).map_err(|error| state_problem(&error))? {
            None => return Ok(()),
            Some(_) if begin.elapsed() < timeout => std::thread::sleep(PAUSE),
            Some(owner) => {
                return Err(state_problem(&wharf_state::StateError::Locked {
                    path: files.lock.clone(),
                    owner,
                }));
            }
        }
    }
}

/// Returns the key that secrets are hashed with. A plan that is only looked at writes none where there is none: then no
/// hash of an earlier run has to be compared either.
fn key(files: &Files, wanted: Wanted<'_>) -> Result<SealKey, Diagnostic> {
    if wanted.operation.is_none() && !wanted.kept && !files.key.exists() {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(Uuid::new_v4().as_bytes());
        bytes[16..].copy_from_slice(Uuid::new_v4().as_bytes());
        return Ok(SealKey::new(bytes));
    }
    files
        .prepare()
        .and_then(|()| load_or_make_key(&files.key))
        .map(SealKey::new)
        .map_err(|error| state_problem(&error))
}
