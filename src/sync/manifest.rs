//! What a tree holds: path → entry, sorted. Kept in the state as a sync's memory, and sent over the wire.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Digest;

use super::TreePath;

/// The content of a tree, without its root.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Manifest {
    /// The entries. A directory comes before what it holds.
    pub entries: BTreeMap<TreePath, Entry>,
}

/// One thing in a tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What it is.
    #[serde(flatten)]
    pub node: Node,
    /// Whose it is, where that matters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Node {
    /// A regular file.
    File {
        /// Bytes.
        size: u64,
        /// The content's hash.
        sha256: Sha256,
        /// Permission bits.
        mode: u32,
        /// When the content was changed last.
        #[serde(default, skip_serializing_if = "Mtime::is_unknown")]
        mtime: Mtime,
        /// The first (by path) of the names that this file has in the tree, if that is another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        same_as: Option<TreePath>,
    },
    /// A directory.
    Dir {
        /// Permission bits.
        mode: u32,
        /// Whether it holds something excluded, so that it can never be deleted.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pinned: bool,
    },
    /// A symbolic link, which is never followed.
    Symlink {
        /// Where it points to, in the escaped form of a [`TreePath`] but unrestricted.
        target: LinkTarget,
    },
    /// A FIFO, socket or device: only ever in a target, where it may be replaced or deleted.
    Special,
}

/// A user and a group, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

/// Seconds and nanoseconds since 1970; the very beginning stands for a time that is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mtime(pub i64, pub u32);

impl Mtime {
    /// Tells whether it stands for a time that is not known.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// Compares, by whole seconds when one of the two has no more than that.
    pub fn agrees(self, other: Self) -> bool {
        let to_the_second = self.1 == 0 || other.1 == 0;
        let agrees = self.0 == other.0 && (self.1 == other.1 || to_the_second);
        agrees || self.is_unknown() || other.is_unknown()
    }
}

/// A SHA-256 hash; hexadecimal as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256(pub [u8; 32]);

impl Sha256 {
    /// Hashes bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for Sha256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sha256 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom("not a SHA-256 hash");
        let mut hash = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(wrong());
        }
        for (index, byte) in hash.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(hash))
    }
}

/// Where a symbolic link points to: any bytes; base64 in JSON when they are no UTF-8.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkTarget(pub Vec<u8>);

impl fmt::Debug for LinkTarget {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

impl Serialize for LinkTarget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => self.0.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for LinkTarget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Form {
            Text(String),
            Bytes(Vec<u8>),
        }
        Ok(Self(match Form::deserialize(deserializer)? {
            Form::Text(text) => text.into_bytes(),
            Form::Bytes(bytes) => bytes,
        }))
    }
}

impl Manifest {
    /// Declares whose everything is.
    pub fn with_owner(mut self, owner: Option<Owner>) -> Self {
        for entry in self.entries.values_mut() {
            entry.owner = owner;
        }
        self
    }

    /// Forgets all times: what is left is the same for every checkout of the same files.
    pub fn without_times(mut self) -> Self {
        for entry in self.entries.values_mut() {
            if let Node::File { mtime, .. } = &mut entry.node {
                *mtime = Mtime::default();
            }
        }
        self
    }

    /// Returns the number of regular files.
    pub fn files(&self) -> usize {
        self.entries
            .values()
            .filter(|entry| matches!(entry.node, Node::File { .. }))
            .count()
    }

    /// Returns the bytes of all files; those with several names count once.
    pub fn bytes(&self) -> u64 {
        self.entries.values().map(|entry| entry.node.own_size()).sum()
    }

    /// Hashes everything that a sync makes equal. Times are left out: see the module `sync`.
    pub fn digest(&self) -> Sha256 {
        let mut hash = sha2::Sha256::new();
        for (path, entry) in &self.entries {
            let owner = entry
                .owner
                .map_or(String::new(), |owner| format!("{}:{}", owner.uid, owner.gid));
            field(&mut hash, path.as_bytes());
            field(&mut hash, owner.as_bytes());
            match &entry.node {
                Node::File {
                    size,
                    sha256,
                    mode,
                    same_as,
                    ..
                } => {
                    field(&mut hash, format!("file {size} {sha256} {mode:o}").as_bytes());
                    field(&mut hash, same_as.as_ref().map_or(b"", TreePath::as_bytes));
                }
                Node::Dir { mode, .. } => field(&mut hash, format!("dir {mode:o}").as_bytes()),
                Node::Symlink { target } => {
                    field(&mut hash, b"symlink");
                    field(&mut hash, &target.0);
                }
                Node::Special => field(&mut hash, b"special"),
            }
        }
        Sha256(hash.finalize().into())
    }
}

/// Adds a field with its length, so that no two lists of fields give the same bytes.
fn field(hash: &mut sha2::Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}

impl Node {
    /// Returns the bytes that this name alone stands for.
    pub(super) fn own_size(&self) -> u64 {
        match self {
            Self::File {
                size, same_as: None, ..
            } => *size,
            _ => 0,
        }
    }

    /// Tells whether it is a directory.
    pub(super) fn is_dir(&self) -> bool {
        matches!(self, Self::Dir { .. })
    }
}
