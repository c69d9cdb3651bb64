//! What the functions that read files may see.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::OFlags;

/// How many bytes a file may have that is read whole.
const MAX_FILE: u64 = 1 << 30;

/// Where relative paths start from, and how far paths may lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The directory of the configuration, absolute: relative paths start from it.
    pub root: PathBuf,
    /// What `~` stands for; `None` if that is not known.
    pub home: Option<PathBuf>,
    /// The directories below which files can be read; links count as what they point to.
    pub readable: Vec<PathBuf>,
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
        let root = root.into();
        Self {
            readable: vec![root.clone()],
            root,
            home: None,
            dispensable: false,
        }
    }

    /// Makes a path absolute and clean.
    ///
    /// # Errors
    /// It leads to where nothing may be read.
    pub fn locate(&self, path: &str) -> Result<PathBuf, FileError> {
        let clean = clean(&self.root.join(self.expand(path)));
        if self.is_readable(&clean) {
            return Ok(clean);
        }
        Err(FileError(format!(
            "`{path}` is outside of the configuration's directory, and only files below it can be read; name further directories in the environment variable WHARF_ALLOW_READ"
        )))
    }

    /// Puts the home directory in place of `~`.
    pub fn expand(&self, path: &str) -> PathBuf {
        match (&self.home, path.strip_prefix('~')) {
            (Some(home), Some("")) => home.clone(),
            (Some(home), Some(rest)) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
            _ => PathBuf::from(path),
        }
    }

    /// Tells whether a path leads to where files may be read. Symbolic links count as what they point to.
    pub(super) fn is_readable(&self, path: &Path) -> bool {
        // What is not there is where its nearest directory is that is there: that may be a link, too.
        let mut there = path;
        let real = loop {
            match (there.canonicalize(), there.parent()) {
                (Ok(real), _) => break real,
                (Err(_), Some(parent)) => there = parent,
                (Err(_), None) => break path.to_owned(),
            }
        };
        self.readable.iter().any(|root| {
            let root = root.canonicalize().unwrap_or_else(|_| clean(root));
            real.starts_with(root)
        })
    }

    /// Opens a file for reading.
    ///
    /// # Errors
    /// The sentence names the path and says why. Only what is a file is opened: a pipe or a device may have no end.
    pub(super) fn open(&self, path: &str) -> Result<Content, FileError> {
        let located = self.locate(path)?;
        regular(&located).map_err(|error| unreadable(path, &error))
    }
}

/// Says that a file cannot be read.
pub(super) fn unreadable(path: &str, error: &io::Error) -> FileError {
    FileError(format!("`{path}` cannot be read: {}", reason(error)))
}

/// A file that is open.
pub(super) struct Content {
    file: File,
    size: u64,
}

impl Content {
    /// Returns how many bytes it had when it was opened.
    pub(super) fn size(&self) -> usize {
        usize::try_from(self.size).unwrap_or(usize::MAX)
    }

    /// Copies all of it, a piece at a time. What a growing file has beyond its size is left.
    ///
    /// # Errors
    /// It cannot be read to its end.
    pub(super) fn copy_to(self, into: &mut impl Write) -> io::Result<()> {
        io::copy(&mut self.file.take(self.size), into).map(drop)
    }

    /// Reads all of it into memory, if it is no larger than a limit.
    ///
    /// # Errors
    /// It is, or it cannot be read to its end.
    pub(super) fn bytes(self, limit: usize) -> io::Result<Vec<u8>> {
        if self.size() > limit {
            return refused(format!("it is larger than {} MiB", limit >> 20));
        }
        let mut bytes = Vec::with_capacity(self.size());
        self.copy_to(&mut bytes)?;
        Ok(bytes)
    }
}

fn refused<T>(words: impl Into<String>) -> io::Result<T> {
    Err(io::Error::new(io::ErrorKind::Unsupported, words.into()))
}

/// Opens a file, and nothing else: opening a pipe would wait for its other end.
///
/// # Errors
/// It is something else, or larger than 1 GiB, or cannot be opened.
pub(super) fn regular(path: &Path) -> io::Result<Content> {
    let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or(0);
    // A device may act on being opened, so it is looked at first; once more afterwards, for it may have been changed.
    let metadata = std::fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return refused("it is no regular file");
    }
    if metadata.len() > MAX_FILE {
        return refused("it is larger than 1 GiB");
    }
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    match metadata.is_file() {
        true => Ok(Content {
            file,
            size: metadata.len(),
        }),
        false => refused("it is no regular file"),
    }
}

/// Words why a file operation failed.
pub(super) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn why(files: &Files, path: &str) -> String {
        match files.open(path) {
            Ok(_) => panic!("{path} must not be opened"),
            Err(error) => error.to_string(),
        }
    }

    fn read(files: &Files, path: &str) -> Option<Vec<u8>> {
        files.open(path).ok()?.bytes(10).ok()
    }

    #[test]
    fn a_link_or_a_path_that_leads_out_is_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().join("project");
        std::fs::create_dir_all(root.join("sub")).expect("a directory");
        std::fs::write(directory.path().join("secret"), "s").expect("a file");
        std::fs::write(root.join("mine"), "m").expect("a file");
        std::os::unix::fs::symlink("../secret", root.join("link")).expect("a link");
        std::os::unix::fs::symlink("..", root.join("up")).expect("a link");
        let files = Files::below(&root);
        assert_eq!(read(&files, "sub/../mine").as_deref(), Some(&b"m"[..]));
        for path in [
            "../secret",
            "link",
            "up/secret",
            "up/not-there",
            "/etc/passwd",
            "/proc/self/environ",
        ] {
            assert!(
                why(&files, path).contains("outside of the configuration's directory"),
                "{path}"
            );
        }
        let wider = Files {
            readable: vec![root.clone(), directory.path().to_owned()],
            ..files
        };
        assert_eq!(read(&wider, "link").as_deref(), Some(&b"s"[..]));
    }

    #[test]
    fn a_pipe_a_device_or_a_giant_is_not_read() {
        let directory = tempfile::tempdir().expect("a directory");
        let fifo = directory.path().join("fifo");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &fifo,
            rustix::fs::FileType::Fifo,
            0o600.into(),
            0,
        )
        .expect("a pipe");
        File::create(directory.path().join("giant"))
            .and_then(|file| file.set_len(MAX_FILE + 1))
            .expect("a file");
        let mut files = Files::below(directory.path());
        files.readable.push(PathBuf::from("/dev"));
        assert!(why(&files, "fifo").contains("no regular file"));
        assert!(why(&files, "/dev/zero").contains("no regular file"));
        assert!(why(&files, "giant").contains("larger than 1 GiB"));
    }
}
