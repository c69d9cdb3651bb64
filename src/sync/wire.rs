//! What sender and receiver say to each other: frames of a letter, a length, and JSON or bytes of a file.
//!
//! ```text
//! sender    Hello, Paths …, Read
//! receiver                        Entries …, End
//! sender                                           Begin, (File, bytes …, FileEnd) …, Do …, Commit
//! receiver                                                                                          Done
//! ```
//! The receiver may say `Failed` instead of anything. It then reads on until the sender has noticed, so that neither side
//! ever waits for the other to read.

use std::fmt;
use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::manifest::LinkTarget;
use super::{Entry, Mtime, Options, Owner, Sha256, TreePath};

/// Both sides must speak the same version.
pub(super) const VERSION: u32 = 1;

/// Paths or entries in one message.
pub(super) const BATCH: usize = 4096;

/// No message is longer: even a full batch of the longest paths is far below.
const LONGEST: usize = 64 << 20;

/// What the sender says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum FromSender {
    /// Comes first.
    Hello { version: u32, options: Options },
    /// Some paths of the source.
    Paths(Vec<TreePath>),
    /// All paths are told: read the target.
    Read,
    /// So many bytes of files follow.
    Begin { bytes: u64 },
    /// A file's bytes follow; it is staged under the number.
    File {
        number: u64,
        path: TreePath,
        size: u64,
        attributes: Attributes,
    },
    /// The file is complete.
    FileEnd { sha256: Sha256 },
    /// The file changed while it was read: forget what came of it.
    FileDropped,
    /// To be done, in this order, once everything has arrived.
    Do(Deed),
    /// Do it.
    Commit,
    /// Do nothing, and end.
    Abort,
}

/// What the receiver says.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum FromReceiver {
    /// Some of what is in the target.
    Entries(Vec<(TreePath, Entry)>),
    /// That was all.
    End,
    /// Everything was done; the digest of what was asked for, read back.
    Done { digest: Sha256 },
    /// It could not be done.
    Failed(Failure),
}

/// One thing to be done in the target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Deed {
    /// Make a directory, or keep it.
    Directory { path: TreePath },
    /// Give a staged file its name.
    Place { path: TreePath, number: u64 },
    /// Make a symbolic link.
    Symlink {
        path: TreePath,
        target: LinkTarget,
        owner: Option<Owner>,
    },
    /// Make a further name for a file.
    Link { path: TreePath, to: TreePath },
    /// Set the attributes of a file or directory.
    Set {
        path: TreePath,
        directory: bool,
        attributes: Attributes,
    },
    /// Set the owner of a symbolic link.
    OwnLink { path: TreePath, owner: Owner },
    /// Take something away; a directory only if it is empty.
    Delete { path: TreePath, directory: bool },
}

/// What is set by descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Attributes {
    pub(super) mode: u32,
    pub(super) mtime: Option<Mtime>,
    pub(super) owner: Option<Owner>,
}

/// Why the receiver could not do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub(super) struct Failure {
    pub(super) reason: FailureReason,
    pub(super) path: Option<TreePath>,
    pub(super) message: String,
}

/// The kinds of failures that callers may want to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum FailureReason {
    NoSpace,
    Denied,
    ReadOnly,
    Busy,
    Protocol,
    Other,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(
                formatter,
                "`{}` in the target: {}",
                path.as_path().display(),
                self.message
            ),
            None => write!(formatter, "the target: {}", self.message),
        }
    }
}

impl Failure {
    /// Says what went wrong with a path, or with the whole target.
    pub(super) fn at(path: Option<&TreePath>, error: &io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => FailureReason::NoSpace,
            io::ErrorKind::PermissionDenied => FailureReason::Denied,
            io::ErrorKind::ReadOnlyFilesystem => FailureReason::ReadOnly,
            io::ErrorKind::WouldBlock | io::ErrorKind::ResourceBusy => FailureReason::Busy,
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => FailureReason::Protocol,
            _ => FailureReason::Other,
        };
        Self {
            reason,
            path: path.cloned(),
            message: error.to_string(),
        }
    }
}

impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        let kind = match failure.reason {
            FailureReason::NoSpace => io::ErrorKind::StorageFull,
            FailureReason::Denied => io::ErrorKind::PermissionDenied,
            FailureReason::ReadOnly => io::ErrorKind::ReadOnlyFilesystem,
            FailureReason::Busy => io::ErrorKind::ResourceBusy,
            FailureReason::Protocol => io::ErrorKind::InvalidData,
            FailureReason::Other => io::ErrorKind::Other,
        };
        Self::new(kind, failure)
    }
}

/// One frame.
#[derive(Debug)]
pub(super) enum Frame<T> {
    Message(T),
    Bytes(Vec<u8>),
}

/// Writes a message.
pub(super) fn say<T: Serialize>(output: &mut impl Write, message: &T) -> io::Result<()> {
    write_frame(output, b'M', &serde_json::to_vec(message)?)
}

/// Writes bytes of a file.
pub(super) fn say_bytes(output: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    write_frame(output, b'B', bytes)
}

fn write_frame(output: &mut impl Write, letter: u8, payload: &[u8]) -> io::Result<()> {
    let length = u32::try_from(payload.len()).map_err(|_| broken("a frame is too long"))?;
    output.write_all(&[letter])?;
    output.write_all(&length.to_be_bytes())?;
    output.write_all(payload)
}

/// Reads a frame.
pub(super) fn hear<T: DeserializeOwned>(input: &mut impl Read) -> io::Result<Frame<T>> {
    let mut head = [0; 5];
    input.read_exact(&mut head)?;
    let [letter, length @ ..] = head;
    let length = u32::from_be_bytes(length) as usize;
    if length > LONGEST {
        return Err(broken("a frame is too long"));
    }
    let mut payload = Vec::new();
    if input.take(length as u64).read_to_end(&mut payload)? != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    match letter {
        b'M' => Ok(Frame::Message(serde_json::from_slice(&payload)?)),
        b'B' => Ok(Frame::Bytes(payload)),
        _ => Err(broken("a frame begins with an unknown letter")),
    }
}

/// Reads a frame that must be a message.
pub(super) fn hear_message<T: DeserializeOwned>(input: &mut impl Read) -> io::Result<T> {
    match hear(input)? {
        Frame::Message(message) => Ok(message),
        Frame::Bytes(_) => Err(broken("bytes came where a message was due")),
    }
}

/// The other side does not keep to the protocol.
pub(super) fn broken(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("the conversation broke: {what}"),
    )
}
