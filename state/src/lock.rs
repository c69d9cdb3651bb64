//! One run at a time: a lock that the operating system frees when its process ends, however it ends.
//!
//! The locked file is one of its own that is never renamed, for replacing a locked file loses the lock. Who holds it stands
//! inside, for people: only the lock itself decides.

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::StateError;

const RETRY: Duration = Duration::from_millis(50);

/// Who holds a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The user.
    pub who: String,
    /// The machine.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// What it does, such as `apply`.
    pub operation: String,
    /// Since when, as RFC 3339.
    pub since: String,
    /// The version of wharf.
    pub wharf_version: String,
}

impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "`wharf {}` of {} on {} (process {}, wharf {}), since {}",
            self.operation, self.who, self.host, self.pid, self.wharf_version, self.since
        )
    }
}

/// A lock that is held until this is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock, waiting at most `timeout` for another holder.
    ///
    /// # Errors
    /// [`StateError::Locked`] when another run holds it all that time; or the file cannot be made or locked.
    pub fn acquire(path: &Path, owner: &Owner, timeout: Duration) -> Result<Self, StateError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(|source| StateError::writing(path, source))?;
        wait_for(&file, path, timeout)?;
        let mut lock = Self { file };
        lock.sign(owner)
            .map_err(|source| StateError::writing(path, source))?;
        Ok(lock)
    }

    fn sign(&mut self, owner: &Owner) -> io::Result<()> {
        self.file.set_len(0)?;
        let text = serde_json::to_string(owner)?;
        writeln!(self.file, "{text}")
    }
}

/// Takes the signature out; the lock itself goes with the file.
impl Drop for Lock {
    fn drop(&mut self) {
        // Nobody trusts a signature without a lock, so nothing is lost if it stays.
        let _ = self.file.set_len(0);
    }
}

/// Tells who holds a lock right now, if anybody does; `Some(None)` if that could not be read.
///
/// # Errors
/// The file cannot be read.
pub fn holder(path: &Path) -> Result<Option<Option<Owner>>, StateError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(StateError::reading(path, error)),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => Ok(Some(signature(path))),
        Err(TryLockError::Error(source)) => Err(no_locks(path, source)),
    }
}

fn wait_for(file: &File, path: &Path, timeout: Duration) -> Result<(), StateError> {
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(source)) => return Err(no_locks(path, source)),
            Err(TryLockError::WouldBlock) => {}
        }
        let left = timeout.saturating_sub(begun.elapsed());
        if left.is_zero() {
            return Err(StateError::Locked {
                path: path.to_path_buf(),
                owner: signature(path),
            });
        }
        std::thread::sleep(left.min(RETRY));
    }
}

fn signature(path: &Path) -> Option<Owner> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn no_locks(path: &Path, source: io::Error) -> StateError {
    StateError::NoLocks {
        path: path.to_path_buf(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn owner(operation: &str) -> Owner {
        Owner {
            who: "ada".into(),
            host: "here".into(),
            pid: 7,
            operation: operation.into(),
            since: "2026-01-01T00:00:00Z".into(),
            wharf_version: "0.1.0".into(),
        }
    }

    #[test]
    fn a_second_run_is_told_who_holds_the_lock() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.lock");
        let held = Lock::acquire(&path, &owner("apply"), Duration::ZERO).unwrap();
        let error = Lock::acquire(&path, &owner("destroy"), Duration::from_millis(60)).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("`wharf apply` of ada on here (process 7"),
            "{error}"
        );
        assert_eq!(holder(&path).unwrap(), Some(Some(owner("apply"))));
        drop(held);
        assert_eq!(holder(&path).unwrap(), None);
        Lock::acquire(&path, &owner("destroy"), Duration::ZERO).unwrap();
    }

    #[test]
    fn what_a_dead_run_left_inside_does_not_matter() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.lock");
        fs::write(
            &path,
            serde_json::to_string(&owner("apply")).unwrap() + &"x".repeat(500),
        )
        .unwrap();
        assert_eq!(holder(&path).unwrap(), None);
        let _held = Lock::acquire(&path, &owner("plan"), Duration::ZERO).unwrap();
        assert_eq!(holder(&path).unwrap(), Some(Some(owner("plan"))));
    }

    #[test]
    fn of_many_that_race_one_at_a_time_gets_it() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.lock");
        let inside = AtomicU32::new(0);
        let served = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    let _held = Lock::acquire(&path, &owner("apply"), Duration::from_secs(30)).unwrap();
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    std::thread::sleep(Duration::from_millis(1));
                    inside.fetch_sub(1, Ordering::SeqCst);
                    served.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        assert_eq!(served.into_inner(), 16);
    }

    #[test]
    fn a_child_process_does_not_inherit_the_lock() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a.lock");
        let held = Lock::acquire(&path, &owner("apply"), Duration::ZERO).unwrap();
        let mut child = std::process::Command::new("sleep").arg("30").spawn().unwrap();
        drop(held);
        // The system lets us go on just before it closes the child's copy of the file.
        let taken = Lock::acquire(&path, &owner("apply"), Duration::from_secs(5));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(taken.is_ok());
    }
}
