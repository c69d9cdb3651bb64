//! What the functions that read files may see.

use std::path::{Component, Path, PathBuf};

/// Where relative paths start from, and how far paths may lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The directory of the configuration, absolute: relative paths start from it.
    pub root: PathBuf,
    /// What `~` stands for; `None` if that is not known.
    pub home: Option<PathBuf>,
    /// Whether paths that lead out of the root are refused.
    pub confined: bool,
    /// Whether what a file holds is unknown, and no error, when the file cannot be read.
    pub dispensable: bool,
}

/// A file cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FileError(pub String);

impl Files {
    /// Makes a view of the files below a directory, and of no others.
    pub fn below(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            home: None,
            confined: true,
            dispensable: false,
        }
    }

    /// Makes a path absolute and clean.
    ///
    /// # Errors
    /// It leads out of the root, and it must not.
    pub fn locate(&self, path: &str) -> Result<PathBuf, FileError> {
        let expanded = self.expand(path);
        let clean = clean(&self.root.join(expanded));
        if self.confined && !self.is_inside(&clean) {
            return Err(FileError(format!(
                "`{path}` is outside of the configuration's directory, and only files below it can be read"
            )));
        }
        Ok(clean)
    }

    /// Puts the home directory in place of `~`.
    pub fn expand(&self, path: &str) -> PathBuf {
        match (&self.home, path.strip_prefix('~')) {
            (Some(home), Some("")) => home.clone(),
            (Some(home), Some(rest)) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
            _ => PathBuf::from(path),
        }
    }

    /// Symbolic links count as what they point to.
    pub(super) fn is_inside(&self, path: &Path) -> bool {
        let root = self.root.canonicalize().unwrap_or_else(|_| clean(&self.root));
        match path.canonicalize() {
            Ok(real) => real.starts_with(root),
            Err(_) => path.starts_with(clean(&self.root)),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// The sentence names the path and says why.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let located = self.locate(path)?;
        std::fs::read(&located)
            .map_err(|error| FileError(format!("`{path}` cannot be read: {}", reason(&error))))
    }
}

/// Words why a file operation failed.
pub(super) fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => error.to_string(),
    }
}

/// Takes `.` and `..` out of a path without looking at the files.
pub(super) fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}
