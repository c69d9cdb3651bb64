//! Writing a file so that whoever reads it sees all of the old or all of the new.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

use crate::StateError;
use crate::files::directory;

/// Replaces a file: a new private file in the same directory is written, synced and renamed, then the directory is synced.
pub(crate) fn replace(path: &Path, content: &[u8]) -> Result<(), StateError> {
    let failed = |source| StateError::writing(path, source);
    let file = written(path, content).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    sync_directory(path).map_err(failed)
}

/// Makes a file unless it is there; tells whether it was made.
pub(crate) fn make(path: &Path, content: &[u8]) -> Result<bool, StateError> {
    let failed = |source| StateError::writing(path, source);
    let file = written(path, content).map_err(failed)?;
    match file.persist_noclobber(path) {
        Ok(_) => sync_directory(path).map_err(failed).map(|()| true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(failed(error.error)),
    }
}

/// Makes the directory's entries lasting.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(directory(path))?.sync_all()
}

fn written(path: &Path, content: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = Builder::new()
        .prefix(".wharf-")
        .suffix(".tmp")
        .tempfile_in(directory(path))?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    Ok(file)
}
