//! What can be wrong with the files, each with its path and the way out.

use std::io;
use std::path::{Path, PathBuf};

use crate::lock::Owner;

/// A file of the state could not be read, trusted or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file is there but empty: no state was ever written so.
    #[error("the state file {path} is empty")]
    Empty {
        /// The file.
        path: PathBuf,
        /// The previous generation, if there is one.
        backup: Option<PathBuf>,
    },
    /// It is no document of ours, or part of it is missing.
    #[error("the state file {path} is broken: {detail}")]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
        /// The previous generation, if there is one.
        backup: Option<PathBuf>,
    },
    /// Its content does not have the checksum that stands in it.
    #[error("the state file {path} is damaged, or was edited: its checksum does not fit its content")]
    Checksum {
        /// The file.
        path: PathBuf,
        /// The previous generation, if there is one.
        backup: Option<PathBuf>,
    },
    /// Two versions of it were merged and both stand in it.
    #[error("the state file {path} holds the conflict markers of a merge")]
    Conflict {
        /// The file.
        path: PathBuf,
    },
    /// A later wharf wrote it.
    #[error("the state file {path} has format {found}; this wharf knows formats up to {known}")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
        /// The last format that this build knows.
        known: u32,
        /// The version of wharf that wrote it, if it says so.
        wharf_version: String,
    },
    /// It is another project's, another workspace's, or of objects on another engine.
    #[error("the state file {path} is of {what} `{found}`, not of `{wanted}`")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What differs: `project`, `workspace` or `engine`.
        what: &'static str,
        /// What the file says.
        found: String,
        /// What was wanted.
        wanted: String,
    },
    /// The key that secrets are hashed with is not 64 hexadecimal digits.
    #[error("the key file {path} does not hold a key")]
    Key {
        /// The file.
        path: PathBuf,
    },
    /// Everybody may write to the directory.
    #[error("everybody may write to the directory {path}")]
    Exposed {
        /// The directory.
        path: PathBuf,
    },
    /// Another run holds the lock.
    #[error("{}", locked(.owner.as_ref()))]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// Who holds it, if that could be read.
        owner: Option<Owner>,
    },
    /// The file system has no locks.
    #[error("the file system of {path} has no locks: {source}")]
    NoLocks {
        /// The lock file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Nothing can be written there.
    #[error("cannot write {path}: {source}")]
    NotWritable {
        /// The file or directory.
        path: PathBuf,
        /// What the system says: read-only, or not permitted.
        source: io::Error,
    },
    /// The disk, or the user's share of it, is full.
    #[error("no space is left to write {path}")]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// Anything else that the system says.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried, such as `read`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl StateError {
    /// Sorts what the system says on writing.
    pub(crate) fn writing(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { path },
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::NotWritable { path, source }
            }
            _ => Self::Io {
                action: "write",
                path,
                source,
            },
        }
    }

    /// Wraps what the system says on reading.
    pub(crate) fn reading(path: &Path, source: io::Error) -> Self {
        Self::Io {
            action: "read",
            path: path.to_path_buf(),
            source,
        }
    }

    /// Returns the file or directory that it is about.
    pub fn path(&self) -> &Path {
        match self {
            Self::Empty { path, .. }
            | Self::Broken { path, .. }
            | Self::Checksum { path, .. }
            | Self::Conflict { path }
            | Self::Newer { path, .. }
            | Self::Foreign { path, .. }
            | Self::Key { path }
            | Self::Exposed { path }
            | Self::Locked { path, .. }
            | Self::NoLocks { path, .. }
            | Self::NotWritable { path, .. }
            | Self::DiskFull { path }
            | Self::Io { path, .. } => path,
        }
    }

    /// Says how to mend it.
    pub fn help(&self) -> String {
        match self {
            Self::Empty { path, backup } | Self::Broken { path, backup, .. } | Self::Checksum { path, backup } => {
                restore(path, backup.as_deref())
            }
            Self::Conflict { path } => format!(
                "Take one of the two versions whole, for a merged state is neither. Or move {} away: the state is then \
                 rebuilt from the labels of the objects on the engine.",
                path.display()
            ),
            Self::Newer { wharf_version, .. } if !wharf_version.is_empty() => {
                format!("Use wharf {wharf_version} or later. Nothing was written.")
            }
            Self::Newer { .. } => "Use a later version of wharf. Nothing was written.".into(),
            Self::Foreign { what: "engine", .. } => {
                "Connect to the engine that the objects are on, or use another workspace for this engine.".into()
            }
            Self::Foreign { .. } => "Give this project a state path of its own.".into(),
            Self::Key { path } => format!(
                "Restore it. Or move {} away: a new key is made, and each secret shows once as changed.",
                path.display()
            ),
            Self::Exposed { path } => format!("Take that right away: chmod o-w {}", path.display()),
            Self::Locked { .. } => {
                "Wait until that run has ended, or let this one wait with --lock-timeout=5m. A lock goes with its \
                 process, so there is none to be removed by hand."
                    .into()
            }
            Self::NoLocks { .. } => "Keep the state on a file system that has locks.".into(),
            Self::NotWritable { .. } => "Make the directory writable for this user, or choose another state path.".into(),
            Self::DiskFull { .. } => "Free some space and run again: what was done is found again.".into(),
            Self::Io { .. } => String::new(),
        }
    }
}

fn restore(path: &Path, backup: Option<&Path>) -> String {
    let rebuilt = format!(
        "move {} away: the state is then rebuilt from the labels of the objects on the engine",
        path.display()
    );
    match backup {
        Some(backup) => format!(
            "The previous generation stands in {}: copy it over the state file, and the next plan shows what has happened \
             since. Or {rebuilt}.",
            backup.display()
        ),
        None => format!("Restore the file, or {rebuilt}."),
    }
}

fn locked(owner: Option<&Owner>) -> String {
    match owner {
        None => "another run holds the lock of this state".into(),
        Some(owner) => format!("another run holds the lock of this state: {owner}"),
    }
}
