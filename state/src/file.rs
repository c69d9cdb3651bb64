//! Reading and writing the state file.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use crate::document::{self, Fault};
use crate::{FORMAT, Files, State, StateError, atomic};

/// Whose state is wanted.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The project.
    pub project: &'a str,
    /// The workspace.
    pub workspace: &'a str,
    /// The engine's id; empty if it has none, or if none is connected.
    pub engine_id: &'a str,
}

/// How far into the file its checksum stands at most.
const BEGINNING: u64 = 256;

/// The state file of one run: keeps the generation that was there before as the backup.
#[derive(Debug)]
pub struct StateFile {
    files: Files,
    backed_up: bool,
}

impl StateFile {
    /// Takes the file with its neighbours.
    pub const fn new(files: Files) -> Self {
        Self {
            files,
            backed_up: false,
        }
    }

    /// Returns where the files stand.
    pub const fn files(&self) -> &Files {
        &self.files
    }

    /// Reads the state; `None` if there is no file. Whatever is there but is no sound state is an error: an empty file is
    /// never taken for a new state.
    ///
    /// # Errors
    /// The file cannot be read, or is not a sound state in a format that is known.
    pub fn read(&self) -> Result<Option<State>, StateError> {
        let path = &self.files.state;
        let Some(bytes) = read_if_there(path)? else {
            return Ok(None);
        };
        document::decode(&bytes)
            .map(Some)
            .map_err(|fault| self.explain(fault))
    }

    /// Returns the checksum that the file begins with, which no other content has; `None` if there is none.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn checksum(&self) -> Result<Option<String>, StateError> {
        let path = &self.files.state;
        let mut beginning = Vec::new();
        let read = fs::File::open(path).and_then(|file| file.take(BEGINNING).read_to_end(&mut beginning));
        match read {
            Ok(_) => Ok(document::checksum(&String::from_utf8_lossy(&beginning))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StateError::reading(path, error)),
        }
    }

    /// Reads the state and checks whose it is.
    ///
    /// # Errors
    /// As [`StateFile::read`], and when it is another project's, another workspace's, or of objects on another engine.
    pub fn read_expecting(&self, expected: Expected<'_>) -> Result<Option<State>, StateError> {
        let state = self.read()?;
        if let Some(state) = &state {
            self.check(state, expected)?;
        }
        Ok(state)
    }

    /// Writes the state as the next generation. The first write of a run keeps the generation that was there before.
    ///
    /// # Errors
    /// The file cannot be written; what was there before is still there.
    pub fn write(&mut self, state: &mut State) -> Result<(), StateError> {
        state.generation += 1;
        self.write_text(document::encode(state).as_bytes())
    }

    fn write_text(&mut self, text: &[u8]) -> Result<(), StateError> {
        self.back_up()?;
        atomic::replace(&self.files.state, text)
    }

    /// Keeps what is there, unless it is damaged: that must not take the place of a sound generation.
    fn back_up(&mut self) -> Result<(), StateError> {
        if self.backed_up {
            return Ok(());
        }
        if let Some(bytes) = read_if_there(&self.files.state)?
            && document::decode(&bytes).is_ok()
        {
            atomic::replace(&self.files.backup, &bytes)?;
        }
        self.backed_up = true;
        Ok(())
    }

    fn check(&self, state: &State, expected: Expected<'_>) -> Result<(), StateError> {
        let engines_known = !state.engine_id.is_empty() && !expected.engine_id.is_empty();
        let pairs = [
            ("project", state.project.as_str(), expected.project),
            ("workspace", state.workspace.as_str(), expected.workspace),
            ("engine", state.engine_id.as_str(), expected.engine_id),
        ];
        for (what, found, wanted) in pairs {
            if found != wanted && (what != "engine" || engines_known) {
                return Err(StateError::Foreign {
                    path: self.files.state.clone(),
                    what,
                    found: found.to_owned(),
                    wanted: wanted.to_owned(),
                });
            }
        }
        Ok(())
    }

    fn explain(&self, fault: Fault) -> StateError {
        let path = self.files.state.clone();
        let backup = || self.files.backup.exists().then(|| self.files.backup.clone());
        match fault {
            Fault::Empty => StateError::Empty {
                path,
                backup: backup(),
            },
            Fault::Broken(detail) => StateError::Broken {
                path,
                detail,
                backup: backup(),
            },
            Fault::Checksum => StateError::Checksum {
                path,
                backup: backup(),
            },
            Fault::Conflict => StateError::Conflict { path },
            Fault::Newer { found, wharf_version } => StateError::Newer {
                path,
                found,
                known: FORMAT,
                wharf_version,
            },
        }
    }
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, StateError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StateError::reading(path, error)),
    }
}

#[cfg(test)]
mod tests;
