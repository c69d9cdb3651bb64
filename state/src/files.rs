//! Where the files stand: names beside the state, and the directory that holds them.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::StateError;

/// What a directory made for state keeps out of version control: what is this machine's, this run's, or secret.
const GITIGNORE: &str = "*.backup\n*.journal\n*.key\n*.lock\n.*.tmp\n.gitignore\n";
const STICKY: u32 = 0o1000;
const OTHERS_WRITE: u32 = 0o002;

/// The paths of a state and of the files beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The state.
    pub state: PathBuf,
    /// Its previous generation.
    pub backup: PathBuf,
    /// The key that secrets are hashed with.
    pub key: PathBuf,
    /// The journal of a run.
    pub journal: PathBuf,
    /// The lock.
    pub lock: PathBuf,
}

impl Files {
    /// Names the files for a state at `path`. A symbolic link is followed here, once, so that writing replaces what it
    /// points to and not the link.
    ///
    /// # Errors
    /// The link cannot be followed.
    pub fn beside(path: &Path) -> Result<Self, StateError> {
        let state = resolve(path).map_err(|source| StateError::reading(path, source))?;
        Ok(Self {
            backup: with_suffix(&state, ".backup"),
            key: with_suffix(&state, ".key"),
            journal: with_suffix(&state, ".journal"),
            lock: with_suffix(&state, ".lock"),
            state,
        })
    }

    /// Makes the directory, for its owner alone, unless it is there, and checks that it can be trusted.
    ///
    /// # Errors
    /// It cannot be made, or everybody may write to it.
    pub fn prepare(&self) -> Result<(), StateError> {
        let directory = directory(&self.state);
        if !directory.exists() {
            make(directory).map_err(|source| StateError::writing(directory, source))?;
        }
        let mode = fs::metadata(directory)
            .map_err(|source| StateError::reading(directory, source))?
            .mode();
        if mode & OTHERS_WRITE != 0 && mode & STICKY == 0 {
            return Err(StateError::Exposed {
                path: directory.to_path_buf(),
            });
        }
        Ok(())
    }
}

/// Returns the directory of a file.
pub(crate) fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn make(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(directory.join(".gitignore"));
    match made {
        Ok(mut file) => file.write_all(GITIGNORE.as_bytes()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// Follows a link, also one whose target is not there yet.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    if !is_link {
        return Ok(path.to_path_buf());
    }
    match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(directory(path).join(fs::read_link(path)?))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_directory_that_is_made_is_private_and_keeps_secrets_out_of_version_control() {
        let root = tempfile::tempdir().unwrap();
        let files = Files::beside(&root.path().join("state/a.json")).unwrap();
        files.prepare().unwrap();
        let mode = fs::metadata(root.path().join("state")).unwrap().mode();
        assert_eq!(mode & 0o777, 0o700);
        let ignored = fs::read_to_string(root.path().join("state/.gitignore")).unwrap();
        for suffix in ["*.key", "*.lock", "*.journal", "*.backup"] {
            assert!(ignored.lines().any(|line| line == suffix), "{suffix}");
        }
    }

    #[test]
    fn a_directory_of_the_user_is_left_as_it_is() {
        let root = tempfile::tempdir().unwrap();
        Files::beside(&root.path().join("a.json"))
            .unwrap()
            .prepare()
            .unwrap();
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_directory_that_everybody_may_write_to_is_refused() {
        let root = tempfile::tempdir().unwrap();
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o777)).unwrap();
        let error = Files::beside(&root.path().join("a.json")).unwrap().prepare();
        assert!(matches!(error, Err(StateError::Exposed { .. })));
    }

    #[test]
    fn a_link_is_followed_also_when_its_target_is_not_there_yet() {
        let root = tempfile::tempdir().unwrap();
        let link = root.path().join("link.json");
        symlink("real.json", &link).unwrap();
        assert_eq!(Files::beside(&link).unwrap().state, root.path().join("real.json"));
        fs::write(root.path().join("real.json"), "x").unwrap();
        let real = fs::canonicalize(root.path()).unwrap().join("real.json");
        assert_eq!(Files::beside(&link).unwrap().lock, with_suffix(&real, ".lock"));
    }
}
