//! Writing to the disk beside the run: intents of many steps share one sync, and states that follow one another closely
//! are written once.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinError, JoinHandle};
use uuid::Uuid;
use wharf_state::{Done, Intent, Journal, Leftover, Record, State, StateError, StateFile};

use super::{RunReport, Store, state_problem};
use crate::diagnostic::Diagnostic;
use crate::plan::Plan;

/// What one step writes to the journal, generously: an intent with long names, and its outcome.
const BYTES_PER_STEP: u64 = 2048;

/// The state that steps change and the saver reads.
pub(super) type SharedState = Arc<Mutex<State>>;

/// Both writers, and what they share with the run.
pub(super) struct Background {
    pub(super) state: SharedState,
    pub(super) scribe: Scribe,
    pub(super) saver: Saver,
    /// The first problem with writing.
    pub(super) trouble: watch::Receiver<Option<Diagnostic>>,
}

/// What is left of a store while its parts are being written to.
pub(super) struct Held {
    journal: JoinHandle<Journal>,
    file: JoinHandle<StateFile>,
    leftover: Leftover,
}

/// Starts both writers: the state is on the disk and the journal's space reserved before anything else is done.
pub(super) fn start(store: Store, plan: &Plan) -> Result<(Held, Background), Box<(RunReport, Store)>> {
    let (mut state, mut file, mut journal, leftover) = store.into_parts();
    match prepare(plan, &mut state, &mut file, &mut journal) {
        Err(error) => {
            let report = RunReport {
                skipped: plan.schedule.graph.node_count(),
                problems: state_problem(&error).into(),
                ..RunReport::default()
            };
            Err(Box::new((
                report,
                Store::from_parts(state, file, journal, leftover),
            )))
        }
        Ok(()) => {
            let (told, trouble) = watch::channel(None);
            let told = Arc::new(told);
            let state = Arc::new(Mutex::new(state));
            let (scribe, journal) = Scribe::start(journal, Arc::clone(&told));
            let (saver, file) = Saver::start(file, Arc::clone(&state), told);
            let held = Held {
                journal,
                file,
                leftover,
            };
            let background = Background {
                state,
                scribe,
                saver,
                trouble,
            };
            Ok((held, background))
        }
    }
}

fn prepare(
    plan: &Plan,
    state: &mut State,
    file: &mut StateFile,
    journal: &mut Journal,
) -> Result<(), StateError> {
    let steps = plan.schedule.graph.node_count() as u64;
    journal.reserve((steps + 1) * BYTES_PER_STEP)?;
    let begin = Record::Begin {
        run: Uuid::new_v4(),
        plan: format!("{}@{}", plan.lineage, plan.generation),
    };
    journal.append(&[begin], true)?;
    let is_new = !file.files().state.exists() || state.engine_id != plan.engine_id;
    state.engine_id.clone_from(&plan.engine_id);
    // A run without steps writes only what it has to say, so that files under version control stay as they are.
    if is_new || steps > 0 {
        file.write(state)
    } else {
        Ok(())
    }
}

impl Held {
    /// Puts the store together again when both writers have ended.
    pub(super) async fn reassemble(self, state: &SharedState) -> Store {
        let journal = self.journal.await.unwrap_or_else(resume);
        let file = self.file.await.unwrap_or_else(resume);
        let state = lock(state).clone();
        Store::from_parts(state, file, journal, self.leftover)
    }
}

/// Goes on with a writer's panic.
fn resume<T>(error: JoinError) -> T {
    std::panic::resume_unwind(error.into_panic())
}

/// Locks, also after a panic elsewhere: what is inside is changed in single steps.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Entry {
    record: Record,
    synced: Option<oneshot::Sender<Result<(), Diagnostic>>>,
}

/// Writes the journal.
pub(super) struct Scribe(mpsc::UnboundedSender<Entry>);

impl Scribe {
    fn start(
        mut journal: Journal,
        told: Arc<watch::Sender<Option<Diagnostic>>>,
    ) -> (Self, JoinHandle<Journal>) {
        let (sender, mut receiver) = mpsc::unbounded_channel::<Entry>();
        let task = tokio::task::spawn_blocking(move || {
            while let Some(first) = receiver.blocking_recv() {
                let mut batch = vec![first];
                while let Ok(next) = receiver.try_recv() {
                    batch.push(next);
                }
                let result = write(&mut journal, &batch);
                if let Err(problem) = &result {
                    told.send_replace(Some(problem.clone()));
                }
                for waiting in batch.into_iter().filter_map(|entry| entry.synced) {
                    // A step that was abandoned does not listen.
                    let _ = waiting.send(result.clone());
                }
            }
            journal
        });
        (Self(sender), task)
    }

    /// Writes what is about to be done, and what must follow at once; it is on the disk when this returns.
    pub(super) async fn intend(
        &self,
        intent: Intent,
        followers: impl IntoIterator<Item = Intent>,
    ) -> Result<(), Diagnostic> {
        let (sender, receiver) = oneshot::channel();
        let stopped = || Diagnostic::error("The journal is no longer written");
        let send = |intent, synced| {
            let record = Record::Intent(intent);
            self.0.send(Entry { record, synced }).map_err(|_| stopped())
        };
        for follower in followers {
            send(follower, None)?;
        }
        send(intent, Some(sender))?;
        receiver.await.map_err(|_| stopped())?
    }

    /// Writes how it ended, soon.
    pub(super) fn ended(&self, step: u64, done: Done, id: String) {
        // If the writer is gone, the intent stays pending, which is the safe side.
        let _ = self.0.send(Entry {
            record: Record::Outcome { step, done, id },
            synced: None,
        });
    }
}

fn write(journal: &mut Journal, batch: &[Entry]) -> Result<(), Diagnostic> {
    let sync = batch.iter().any(|entry| entry.synced.is_some());
    journal
        .append(batch.iter().map(|entry| &entry.record), sync)
        .map_err(|error| state_problem(&error))
}

/// Writes the state.
pub(super) struct Saver(mpsc::Sender<()>);

impl Saver {
    fn start(
        mut file: StateFile,
        state: SharedState,
        told: Arc<watch::Sender<Option<Diagnostic>>>,
    ) -> (Self, JoinHandle<StateFile>) {
        let (sender, mut receiver) = mpsc::channel::<()>(1);
        let task = tokio::task::spawn_blocking(move || {
            while receiver.blocking_recv().is_some() {
                let mut now = lock(&state).clone();
                match file.write(&mut now) {
                    Ok(()) => lock(&state).generation = now.generation,
                    Err(error) => {
                        told.send_replace(Some(state_problem(&error)));
                    }
                }
            }
            file
        });
        (Self(sender), task)
    }

    /// Says that the state has changed. It is written soon; changes until then are written with it.
    pub(super) fn changed(&self) {
        // If one notice is waiting, it stands for this one too.
        let _ = self.0.try_send(());
    }
}
