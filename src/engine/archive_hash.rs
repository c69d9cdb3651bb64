//! The hash of a directory's archive, while that streams by. Archives of equal trees are equal, so it stands for the tree.
//!
//! A file system that was made for a volume alone brings a directory `lost+found` at its top. It is set apart as long as nothing is in it:
//! a copy has one that its source has not.

use sha2::{Digest, Sha256};
use tar::{EntryType, Header};

/// The size of a header, and what content is padded to.
const BLOCK: usize = 512;

/// What an archive says of a directory.
#[derive(Debug)]
pub(super) struct Summary {
    /// How long the archive is.
    pub(super) bytes: u64,
    /// The hash of all entries but the one that is set apart.
    hash: Vec<u8>,
    /// The hash of that one.
    lost_and_found: Option<Vec<u8>>,
}

impl Summary {
    /// Tells whether a directory is a copy of another one.
    pub(super) fn is_copy_of(&self, source: &Self) -> bool {
        let brings_its_own = source.lost_and_found.is_none();
        self.hash == source.hash && (brings_its_own || self.lost_and_found == source.lost_and_found)
    }
}

/// Reads an archive.
#[derive(Default)]
pub(super) struct ArchiveHash {
    bytes: u64,
    hash: Sha256,
    lost_and_found: Option<Vec<u8>>,
    /// The header that is being read.
    header: Vec<u8>,
    /// How many bytes of content and padding come before the next header.
    content: u64,
    /// What was said in advance of the next entry, such as a long name.
    ahead: Vec<u8>,
    /// Whether that is what is being read.
    is_ahead: bool,
}

impl ArchiveHash {
    /// Takes the next bytes, in pieces of any size.
    pub(super) fn update(&mut self, mut data: &[u8]) {
        self.bytes += data.len() as u64;
        while !data.is_empty() {
            let missing = match usize::try_from(self.content) {
                Ok(0) => BLOCK - self.header.len(),
                Ok(content) => content,
                Err(_) => usize::MAX,
            };
            let (now, rest) = data.split_at(missing.min(data.len()));
            data = rest;
            if self.content > 0 {
                self.content -= now.len() as u64;
                self.take(now);
                continue;
            }
            self.header.extend_from_slice(now);
            if self.header.len() == BLOCK {
                let header = std::mem::take(&mut self.header);
                self.entry(&header);
            }
        }
    }

    fn take(&mut self, content: &[u8]) {
        if self.is_ahead {
            self.ahead.extend_from_slice(content);
        } else {
            self.hash.update(content);
        }
    }

    fn entry(&mut self, block: &[u8]) {
        let header = Header::from_byte_slice(block);
        // The blocks of zeros at the end say no size.
        let size = header.entry_size().unwrap_or(0);
        self.content = size.next_multiple_of(BLOCK as u64);
        self.is_ahead = matches!(
            header.entry_type(),
            EntryType::XHeader | EntryType::GNULongName | EntryType::GNULongLink
        );
        if self.is_ahead {
            self.ahead.extend_from_slice(block);
            return;
        }
        let ahead = std::mem::take(&mut self.ahead);
        if size == 0 && is_lost_and_found(header) {
            let entry = Sha256::new().chain_update(ahead).chain_update(block);
            self.lost_and_found = Some(entry.finalize().to_vec());
        } else {
            self.hash.update(ahead);
            self.hash.update(block);
        }
    }

    /// Ends the archive.
    pub(super) fn finish(self) -> Summary {
        let hash = self.hash.chain_update(self.ahead).chain_update(self.header);
        Summary {
            bytes: self.bytes,
            hash: hash.finalize().to_vec(),
            lost_and_found: self.lost_and_found,
        }
    }
}

/// Tells whether an entry is the directory `lost+found` right below the one that was packed.
fn is_lost_and_found(header: &Header) -> bool {
    let path = header.path_bytes();
    let path = path.strip_suffix(b"/").unwrap_or(&path);
    let parts: Vec<&[u8]> = path.split(|byte| *byte == b'/').collect();
    header.entry_type() == EntryType::Directory && matches!(parts[..], [_, b"lost+found"])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packs entries: directories end in `/`, the rest are files with a content.
    fn archive(entries: &[(&str, &str)]) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, content) in entries {
            let mut header = Header::new_gnu();
            header.set_entry_type(match name.ends_with('/') {
                true => EntryType::Directory,
                false => EntryType::Regular,
            });
            header.set_mode(0o700);
            header.set_size(content.len() as u64);
            tar.append_data(&mut header, name, content.as_bytes()).unwrap();
        }
        tar.into_inner().unwrap()
    }

    fn summary(archive: &[u8], piece: usize) -> Summary {
        let mut hash = ArchiveHash::default();
        archive.chunks(piece).for_each(|piece| hash.update(piece));
        hash.finish()
    }

    /// Tells whether one is taken for a copy of the other, in whatever pieces the two arrive.
    fn is_copy(source: &[(&str, &str)], copy: &[(&str, &str)]) -> bool {
        let (source, copy) = (archive(source), archive(copy));
        let told = [1, 7, 511, 512, 513, 100_000]
            .map(|piece| summary(&copy, piece + 3).is_copy_of(&summary(&source, piece)));
        assert!(told.iter().all(|it| *it == told[0]), "{told:?}");
        told[0]
    }

    const LONG: &str = "data/a-name-that-is-too-long-for-a-header/a-name-that-is-too-long-for-a-header/a-name-that-is-too-long-for-a-header";

    #[test]
    fn every_entry_counts() {
        let tree = [("data/", ""), ("data/a", "one"), (LONG, "two"), ("data/b/", "")];
        assert!(is_copy(&tree, &tree));
        assert!(!is_copy(&tree, &tree[..3]));
        assert!(!is_copy(&tree[..3], &tree));
        let content = [("data/", ""), ("data/a", "One"), (LONG, "two"), ("data/b/", "")];
        assert!(!is_copy(&tree, &content));
        let name = [
            ("data/", ""),
            ("data/a", "one"),
            (&LONG[..LONG.len() - 1], "two"),
            ("data/b/", ""),
        ];
        assert!(!is_copy(&tree, &name));
    }

    #[test]
    fn a_file_system_with_a_lost_and_found_never_was_a_copy() {
        let source = [("data/", ""), ("data/a", "one"), ("data/z", "two")];
        let with = |more: &[(&'static str, &'static str)]| {
            let mut tree = source.to_vec();
            tree.splice(2..2, more.iter().copied());
            tree
        };
        let empty = with(&[("data/lost+found/", "")]);
        assert!(is_copy(&source, &empty));
        assert!(is_copy(&empty, &empty));
        assert!(!is_copy(&empty, &source), "what the source has must be there");
        let found = with(&[("data/lost+found/", ""), ("data/lost+found/#12", "x")]);
        assert!(!is_copy(&source, &found));
        assert!(!is_copy(&empty, &found));
        assert!(is_copy(&found, &found));
        assert!(!is_copy(&source, &with(&[("data/lost+found", "")])), "a file");
        assert!(
            !is_copy(&source, &with(&[("data/b/lost+found/", "")])),
            "further below"
        );
    }
}
