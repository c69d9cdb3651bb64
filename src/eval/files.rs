//! What the functions that read files may see.

use std::fs::{File, OpenOptions};
use std::io::Read as _;
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

    /// Reads a file.
    ///
    /// # Errors
    /// The sentence names the path and says why. Only what is a file is read: a pipe or a device may have no end.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let located = self.locate(path)?;
        let wrong = |reason: &str| FileError(format!("`{path}` cannot be read: {reason}"));
        let mut bytes = Vec::new();
        let read = regular(&located).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut bytes));
        read.map_err(|error| wrong(&reason(&error)))?;
        if bytes.len() as u64 > MAX_FILE {
            return Err(wrong("it is larger than 1 GiB"));
        }
        Ok(bytes)
    }
}

/// Opens a file, and nothing else: opening a pipe would wait for its other end.
fn regular(path: &Path) -> std::io::Result<File> {
    let flags = i32::try_from((OFlags::NONBLOCK | OFlags::NOCTTY).bits()).unwrap_or(0);
    let refused = |words| Err(std::io::Error::new(std::io::ErrorKind::Unsupported, words));
    // A device may act on being opened, so it is looked at first; once more afterwards, for it may have been changed.
    let metadata = std::fs::metadata(path)?;
    if metadata.is_dir() {
        return Err(std::io::ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return refused("it is no regular file");
    }
    if metadata.len() > MAX_FILE {
        return refused("it is larger than 1 GiB");
    }
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    match file.metadata()?.is_file() {
        true => Ok(file),
        false => refused("it is no regular file"),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn why(files: &Files, path: &str) -> String {
        files.read(path).expect_err("it must not be read").to_string()
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
        assert_eq!(files.read("sub/../mine").ok().as_deref(), Some(&b"m"[..]));
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
        assert_eq!(wider.read("link").ok().as_deref(), Some(&b"s"[..]));
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
