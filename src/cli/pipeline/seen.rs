//! What a plan is made from: the state, what the journal adds to it, and a snapshot of the engine that agrees with both.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
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
use crate::engine::{Choice, Connection, ObjectKind, connect, greet, locate};
use crate::kinds::kind;
use crate::observe::{self, Expected, Listed, Observed};
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
        // What is listed must not be older than what is remembered.
        let start = Start::of(&file)?;
        let (expected, told) = oneshot::channel();
        let connecting = Connecting::begin(project, host, environment, told);
        let mut memory = start.read(project, &file)?;
        // Nobody listens if there is no engine, which is said later.
        let _ = expected.send(observe::expected(&memory.state, kind));
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
                damaged: memory.start.leftover.damaged,
            });
        }
        let (connection, listed) = connecting.end().await?;
        let mut listed = Some(listed);
        let mut rounds = 0;
        let (observed, imported) = loop {
            let context = context(project, &memory.start.leftover);
            let mut look = Look {
                listed: listed.take(),
                connection: &connection,
                context: &context,
                key: &key,
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
            memory = Start::of(&file)?.read(project, &file)?;
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
            damaged: memory.start.leftover.damaged,
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

/// An engine that is asked what it is and what it has, while something else is done.
struct Connecting(Result<JoinHandle<Answer>, Diagnostics>);

/// The engine, and what it has listed.
type Answer = Result<(Connection, Listed), Diagnostics>;

impl Connecting {
    /// What the state knows of is told when it has been read.
    fn begin(
        project: &Project,
        host: Option<&str>,
        environment: &Environment,
        told: oneshot::Receiver<Vec<Expected>>,
    ) -> Self {
        let located = locate(&choice(project, host), &environment.engine);
        let names = (project.settings.project.clone(), project.inputs.workspace.clone());
        // Nobody tells if the state cannot be read, and then nobody waits for the answer.
        let told = async { told.await.unwrap_or_default() };
        let answer = located.map(|location| {
            tokio::spawn(async move {
                let greeting = greet(&location).await?;
                let reader = greeting.reader();
                let listed = observe::look(&reader, &names.0, &names.1, told);
                let connection = async { Ok(greeting.connection().await?) };
                tokio::try_join!(connection, listed)
            })
        });
        Self(answer.map_err(Into::into))
    }

    /// Returns the engine; what was wrong with it is said only now, after what is wrong with the rest.
    async fn end(self) -> Answer {
        let answer = self.0?.await;
        // It is nobody's to cancel, so it can only have panicked, which goes on here.
        answer.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
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
pub(super) fn context(project: &Project, leftover: &Leftover) -> observe::Context {
    observe::Context {
        project: project.settings.project.clone(),
        workspace: project.inputs.workspace.clone(),
        root: project.root(),
        nonces: leftover.nonces.clone(),
        acted_on: leftover.acted_on.clone(),
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

/// The beginning of a [`Memory`].
struct Start {
    leftover: Leftover,
    checksum: Option<String>,
}

impl Start {
    /// Reads the journal, then which state there is: a run that ends in between has moved everything from the one to the other.
    fn of(file: &StateFile) -> Result<Self, Diagnostic> {
        Ok(Self {
            leftover: Leftover::read(&file.files().journal).map_err(|error| state_problem(&error))?,
            checksum: file.checksum().map_err(|error| state_problem(&error))?,
        })
    }

    /// Reads the state, or the one that has come since.
    fn read(self, project: &Project, file: &StateFile) -> Result<Memory, Diagnostics> {
        let mut state = project.state_in(file)?;
        Ok(Memory {
            moving: moving::moved(&project.config, &mut state),
            state,
            start: self,
        })
    }
}

/// What earlier runs wrote down.
struct Memory {
    /// With the addresses that everything has by now.
    state: State,
    moving: Moving,
    /// The journal, and the checksum that the state's file had before it was read.
    start: Start,
}

impl Memory {
    fn is_empty(&self) -> bool {
        self.state.objects.is_empty() && self.start.leftover.nonces.is_empty()
    }

    /// Tells whether no other run has written anything down since.
    fn is_current(&self, file: &StateFile) -> Result<bool, Diagnostic> {
        let now = Start::of(file)?;
        Ok(self.start.leftover.nonces == now.leftover.nonces && self.start.checksum == now.checksum)
    }
}

/// How the engine is looked at.
struct Look<'a> {
    /// What the engine has listed already, for the first look.
    listed: Option<Listed>,
    connection: &'a Connection,
    context: &'a observe::Context,
    key: &'a SealKey,
    access: &'a Access,
}

impl Look<'_> {
    /// Files what is taken over, and looks at everything; again if that tells what else is taken over.
    async fn at(
        &mut self,
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
                ..wanted.options(self.key)
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
    async fn settled(&mut self, memory: &Memory, desired: &Desired) -> Result<Observed, Diagnostics> {
        let begun = match self.access {
            Access::Shared(_) => BTreeSet::new(),
            Access::Locked(_) | Access::Free => begun(&memory.start.leftover.pending),
        };
        let since = Instant::now();
        loop {
            let reader = self.connection.reader();
            let listed = match self.listed.take() {
                Some(listed) => listed,
                None => observe::list(&reader).await?,
            };
            let observed = observe::observe(&reader, listed, desired, &memory.state, self.context).await?;
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
