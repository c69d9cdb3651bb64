//! Paths inside a tree: bytes, relative, and never able to leave it.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A path below a tree's root: components without `.`, `..` and empty ones, separated by `/`. Byte-exact.
///
/// As JSON it is a string in which `%` and bytes that are no UTF-8 are written as `%XX`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TreePath(Vec<u8>);

impl TreePath {
    /// Takes bytes that are such a path; `None` for all others.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Option<Self> {
        let bytes = bytes.into();
        let is_name = |name: &[u8]| !matches!(name, b"" | b"." | b"..") && !name.contains(&0);
        bytes
            .split(|byte| *byte == b'/')
            .all(is_name)
            .then_some(Self(bytes))
    }

    /// Returns the path of something in this directory.
    pub fn join(&self, name: &[u8]) -> Option<Self> {
        Self::new([&self.0, b"/".as_slice(), name].concat())
    }

    /// Returns the bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the path for calls of the standard library.
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }

    /// Returns the directory, which is `None` for what stands in the root, and the name.
    pub fn split(&self) -> (Option<Self>, &[u8]) {
        match self.0.iter().rposition(|byte| *byte == b'/') {
            None => (None, &self.0),
            Some(at) => (Some(Self(self.0[..at].to_vec())), &self.0[at + 1..]),
        }
    }

    /// Returns the directory; `None` for what stands in the root.
    pub fn parent(&self) -> Option<Self> {
        self.split().0
    }

    /// Returns all directories above, the nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), Self::parent)
    }

    /// Reads the form that [`fmt::Display`] writes.
    fn unescape(text: &str) -> Option<Self> {
        let mut bytes = Vec::with_capacity(text.len());
        let mut rest = text.as_bytes();
        while let Some((first, tail)) = rest.split_first() {
            if *first != b'%' {
                bytes.push(*first);
                rest = tail;
                continue;
            }
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        }
        Self::new(bytes)
    }
}

/// Escapes `%` and what is no UTF-8, so that any name survives JSON. Control characters are left to whoever shows it.
impl fmt::Display for TreePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            formatter.write_str(&chunk.valid().replace('%', "%25"))?;
            for byte in chunk.invalid() {
                write!(formatter, "%{byte:02X}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for TreePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.to_string())
    }
}

impl Serialize for TreePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TreePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::unescape(&text).ok_or_else(|| serde::de::Error::custom("not a path inside a tree"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_could_leave_the_tree() {
        for bytes in [
            "", "/", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a/.", "a\0b",
        ] {
            assert_eq!(TreePath::new(bytes), None, "{bytes:?}");
        }
        assert!(serde_json::from_str::<TreePath>("\"a/%2E%2E/b\"").is_err());
        assert!(serde_json::from_str::<TreePath>("\"a%2\"").is_err());
    }

    #[test]
    fn any_name_survives_json() {
        for bytes in [
            &b"a/b"[..],
            b"100%",
            b"\xff\xfe/\x1b[31m",
            b"new\nline",
            "ü".as_bytes(),
            b"...",
            b"-x",
        ] {
            let path = TreePath::new(bytes).unwrap();
            let json = serde_json::to_string(&path).unwrap();
            assert_eq!(serde_json::from_str::<TreePath>(&json).unwrap(), path);
        }
    }
}
