//! What a plan is made from: the state, what the journal adds to it, and a snapshot of the engine that agrees with both.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use wharf_state::{Files, Intent, Leftover, State, StateFile};

use super::access::{Access, key};
use super::imports::{self, Taking};
use super::moving::{self, Moving};
use super::planning::Wanted;
use super::project::Project;
use crate::address::Address;
use crate::cli::environment::Environment;
use crate::desired::{Desired, Moves, Unknowns, evaluate};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::engine::{Choice, Connection, ObjectKind, connect, locate};
use crate::kinds::kind;
use crate::observe::{self, Observed};
use crate::plan::{Options, Outlook};
use crate::run::state_problem;
use crate::value::seal::SealKey;

/// How long an engine may go on with what a killed run had asked of it, before that counts as never asked.
const SETTLE: Duration = Duration::from_secs(3);

/// How often the engine is looked at again because another run has written down more meanwhile.
const ROUNDS: usize = 8;

/// What was seen of the world, and how.
pub(super) struct Seen {
    pub(super) file: StateFile,
    pub(super) access: Access,
    pub(super) key: SealKey,
    pub(super) state: State,
    pub(super) observed: Observed,
    pub(super) connection: Option<Connection>,
    /// The instances whose objects are taken over, which the state holds from now on.
    pub(super) imported: BTreeSet<Address>,
    /// What the state files under other addresses than before.
    pub(super) moving: Moving,
    /// How many records of the journal cannot be read.
    damaged: usize,
}

impl Seen {
    /// Looks at everything, once; again only if another run has changed what is remembered in the meantime.
    pub(super) async fn by(
        project: &Project,
        wanted: Wanted<'_>,
        host: Option<&str>,
        taking: Taking<'_>,
        environment: &Environment,
    ) -> Result<Self, Diagnostics> {
        let file = project.state_file()?;
        let access = Access::obtain(&file, wanted, environment)?;
        let connecting = Connecting::begin(project, host, environment);
        let mut memory = Memory::read(project, &file)?;
        let key = key(file.files(), wanted)?;
        let desired = evaluate(&project.config, &project.inputs, &mut Unknowns::default())?;
        if desired.instances.is_empty() && memory.is_empty() {
            // Nothing was looked at, so that nothing is known of another engine either.
            let observed = Observed {
                engine_id: memory.state.engine_id.clone(),
                ..Observed::default()
            };
            return Ok(Self {
                file,
                access,
                key,
                state: memory.state,
                observed,
                connection: None,
                imported: BTreeSet::new(),
                moving: memory.moving,
                damaged: memory.leftover.damaged,
            });
        }
        let connection = connecting.end().await?;
        let mut rounds = 0;
        let (observed, imported) = loop {
            let context = context(project, &key, &memory.leftover);
            let look = Look {
                connection: &connection,
                context: &context,
                access: &access,
            };
            let (observed, imported) = look.at(&mut memory, &desired, taking, project, wanted).await?;
            rounds += 1;
            if matches!(access, Access::Locked(_)) || rounds == ROUNDS {
                break (observed, imported);
            }
            // What another run makes looks like somebody else's to those who have not read of it.
            if memory.is_current(&file)? {
                break (observed, imported);
            }
            memory = Memory::read(project, &file)?;
        };
        Ok(Self {
            file,
            access,
            key,
            state: memory.state,
            observed,
            connection: Some(connection),
            imported,
            moving: memory.moving,
            damaged: memory.leftover.damaged,
        })
    }

    /// Says what is odd about what is remembered.
    pub(super) fn remarks(&self) -> Vec<Diagnostic> {
        let files: &Files = self.file.files();
        let mut remarks: Vec<Diagnostic> = self.access.warning().into_iter().collect();
        if self.damaged > 0 {
            remarks.push(
                Diagnostic::warning("The journal is damaged")
                    .detail(format!(
                        "{} of the records in {} cannot be read. What an earlier run did then may look like somebody else's.",
                        self.damaged,
                        files.journal.display()
                    ))
                    .help("Look for objects that bear this project's labels and are not in the plan."),
            );
        }
        let objects = self.observed.objects.values().flatten();
        let count = objects
            .filter(|object| !self.observed.begun.contains(&object.ownership.nonce))
            .count();
        if self.state.objects.is_empty() && count > 0 {
            remarks.push(
                Diagnostic::warning("The state does not know what is there")
                    .detail(format!(
                        "{count} of this project's objects were recognised by their labels alone: {} is missing, or was lost.",
                        files.state.display()
                    ))
                    .help("The next apply records them."),
            );
        }
        remarks
    }
}

/// An engine that is asked what it is, while something else is done.
struct Connecting(Result<JoinHandle<Result<Connection, Diagnostic>>, Diagnostics>);

impl Connecting {
    fn begin(project: &Project, host: Option<&str>, environment: &Environment) -> Self {
        let located = locate(&choice(project, host), &environment.engine);
        Self(
            located
                .map(|location| tokio::spawn(async move { connect(&location).await }))
                .map_err(Into::into),
        )
    }

    /// Returns the engine; what was wrong with it is said only now, after what is wrong with the rest.
    async fn end(self) -> Result<Connection, Diagnostics> {
        let connected = self.0?.await;
        // It is nobody's to cancel, so it can only have panicked, which goes on here.
        Ok(connected.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))?)
    }
}

/// Connects to the engine that is asked for on the command line, in the configuration or by the environment.
///
/// # Errors
/// It does not answer.
pub(in crate::cli) async fn reach(
    project: &Project,
    host: Option<&str>,
    environment: &Environment,
) -> Result<Connection, Diagnostics> {
    Ok(connect(&locate(&choice(project, host), &environment.engine)?).await?)
}

/// Returns what it takes to tell what is ours.
pub(super) fn context(project: &Project, key: &SealKey, leftover: &Leftover) -> observe::Context {
    observe::Context {
        project: project.settings.project.clone(),
        workspace: project.inputs.workspace.clone(),
        root: project.root(),
        nonces: leftover.nonces.clone(),
        acted_on: leftover.acted_on.clone(),
        key: key.clone(),
        kinds: kind,
        moves: Moves::new(&project.config),
    }
}

/// Tells which engine is asked.
fn choice(project: &Project, host: Option<&str>) -> Choice {
    match (host, &project.settings.engine_host) {
        (Some(host), _) => Choice::Option(host.to_owned()),
        (None, Some(host)) => Choice::Host(host.clone()),
        (None, None) => Choice::Default,
    }
}

/// What earlier runs wrote down.
struct Memory {
    /// With the addresses that everything has by now.
    state: State,
    moving: Moving,
    leftover: Leftover,
    /// The checksum that the state's file had just before it was read.
    checksum: Option<String>,
}

impl Memory {
    /// Reads the journal, then the state: a run that ends in between has moved everything from the one to the other.
    fn read(project: &Project, file: &StateFile) -> Result<Self, Diagnostics> {
        let leftover = Self::leftover(file)?;
        let checksum = file.checksum().map_err(|error| state_problem(&error))?;
        let mut state = project.state_in(file)?;
        Ok(Self {
            moving: moving::moved(&project.config, &mut state),
            state,
            leftover,
            checksum,
        })
    }

    fn leftover(file: &StateFile) -> Result<Leftover, Diagnostic> {
        Leftover::read(&file.files().journal).map_err(|error| state_problem(&error))
    }

    fn is_empty(&self) -> bool {
        self.state.objects.is_empty() && self.leftover.nonces.is_empty()
    }

    /// Tells whether no other run has written anything down since.
    fn is_current(&self, file: &StateFile) -> Result<bool, Diagnostic> {
        let leftover = Self::leftover(file)?;
        let checksum = file.checksum().map_err(|error| state_problem(&error))?;
        Ok(self.leftover.nonces == leftover.nonces && self.checksum == checksum)
    }
}

/// How the engine is looked at.
struct Look<'a> {
    connection: &'a Connection,
    context: &'a observe::Context,
    access: &'a Access,
}

impl Look<'_> {
    /// Files what is taken over, and looks at everything; again if that tells what else is taken over.
    async fn at(
        &self,
        memory: &mut Memory,
        desired: &Desired,
        taking: Taking<'_>,
        project: &Project,
        wanted: Wanted<'_>,
    ) -> Result<(Observed, BTreeSet<Address>), Diagnostics> {
        let reader = self.connection.reader();
        let state = &mut memory.state;
        let mut imported = imports::file(taking, &reader, desired, state, self.context).await?;
        let observed = self.settled(memory, desired).await?;
        if !matches!(taking, Taking::Declared(_)) || desired.imports.undecided.is_empty() {
            return Ok((observed, imported));
        }
        let decided = {
            let options = Options {
                moved: memory.moving.before.clone(),
                imports: imported.clone(),
                ..wanted.options(&self.context.key)
            };
            let mut outlook = Outlook::new(&observed, &memory.state, &options);
            evaluate(&project.config, &project.inputs, &mut outlook)?
        };
        let state = &mut memory.state;
        let more = imports::file(taking, &reader, &decided, state, self.context).await?;
        if more.is_empty() {
            return Ok((observed, imported));
        }
        imported.extend(more);
        Ok((self.settled(memory, desired).await?, imported))
    }

    /// Looks until everything that a killed run had begun has shown itself, or time is up: who stops waiting for an engine does
    /// not stop it. What a living run has begun is not waited for.
    async fn settled(&self, memory: &Memory, desired: &Desired) -> Result<Observed, Diagnostics> {
        let begun = match self.access {
            Access::Shared(_) => BTreeSet::new(),
            Access::Locked(_) | Access::Free => begun(&memory.leftover.pending),
        };
        let since = Instant::now();
        loop {
            let reader = self.connection.reader();
            let observed = observe::observe(&reader, desired, &memory.state, self.context).await?;
            let there: BTreeSet<&str> = observed
                .objects
                .values()
                .flatten()
                .map(|object| object.ownership.nonce.as_str())
                .chain(observed.interims.values().map(|interim| interim.nonce.as_str()))
                .collect();
            if since.elapsed() > SETTLE || begun.iter().all(|nonce| there.contains(nonce.as_str())) {
                return Ok(observed);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
}

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
