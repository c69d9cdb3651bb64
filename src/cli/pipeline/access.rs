//! Who may touch the state while a plan is made: a lock for those that carry the plan out; those that only look see who else is
//! at work, and the key that secrets are hashed with.

use std::time::{Duration, Instant};

use uuid::Uuid;
use wharf_state::{Files, Lock, Owner, StateFile, holder, load_or_make_key};

use super::planning::Wanted;
use super::project::lock;
use crate::cli::environment::Environment;
use crate::diagnostic::Diagnostic;
use crate::run::state_problem;
use crate::value::seal::SealKey;

/// How often a lock is looked at while it is waited for.
const PAUSE: Duration = Duration::from_millis(100);

/// How the state may be used.
pub(super) enum Access {
    /// It is ours until the lock is dropped.
    Locked(Lock),
    /// It is only read, and nobody else was at work when that began.
    Free,
    /// It is only read while another run changes it; who that is, if it could be told.
    Shared(Option<Owner>),
}

impl Access {
    /// Takes the lock if the plan is going to be carried out; else waits as long as is asked for until nobody holds it.
    pub(super) fn obtain(
        file: &StateFile,
        wanted: Wanted<'_>,
        environment: &Environment,
    ) -> Result<Self, Diagnostic> {
        let timeout = wanted.planning.lock_timeout;
        match wanted.operation {
            Some(operation) => lock(file, operation, environment, timeout).map(Self::Locked),
            None => wait_for_others(file.files(), timeout),
        }
    }

    /// Says that what is read may be changing.
    pub(super) fn warning(&self) -> Option<Diagnostic> {
        let Self::Shared(owner) = self else {
            return None;
        };
        let who = match owner {
            Some(owner) => owner.to_string(),
            None => "another run".to_owned(),
        };
        Some(
            Diagnostic::warning("Another run is at work")
                .detail(format!(
                    "The state is locked by {who}. This plan was made from what was saved last and from what the engine \
                     has now: what it shows may be changing."
                ))
                .help("`--lock-timeout` waits for the other run to end. A plan saved meanwhile is refused when it is applied."),
        )
    }

    /// Returns the lock, if it was taken.
    pub(super) fn into_lock(self) -> Option<Lock> {
        match self {
            Self::Locked(lock) => Some(lock),
            Self::Free | Self::Shared(_) => None,
        }
    }
}

/// Waits until no run changes the state, or time is up.
fn wait_for_others(files: &Files, timeout: Duration) -> Result<Access, Diagnostic> {
    let begin = Instant::now();
    loop {
        match holder(&files.lock).map_err(|error| state_problem(&error))? {
            None => return Ok(Access::Free),
            Some(_) if begin.elapsed() < timeout => std::thread::sleep(PAUSE),
            Some(owner) => return Ok(Access::Shared(owner)),
        }
    }
}

/// Returns the key that secrets are hashed with. A plan that is only looked at writes none where there is none: then no
/// hash of an earlier run has to be compared either.
pub(super) fn key(files: &Files, wanted: Wanted<'_>) -> Result<SealKey, Diagnostic> {
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
