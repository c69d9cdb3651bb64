//! Reading a tree on disk: list by descriptor, hash in parallel, follow nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustix::fs::{self, AtFlags, FileType, Stat};
use sha2::Digest;

use super::manifest::LinkTarget;
use super::root::{self, Root};
use super::{Entry, Manifest, Mtime, Node, Owner, Patterns, Problem, Sha256, TreePath};

/// What the receiver stages below a target's root begins like this; it is no part of any tree.
pub(super) const STAGE_PREFIX: &[u8] = b".wharf-tmp-";

/// How often a file that changes while it is read is read in all.
const ATTEMPTS: u32 = 3;

/// What of a target is looked at.
pub(super) enum Interest {
    /// All of it.
    Everything,
    /// These paths alone.
    Paths(Vec<TreePath>),
}

/// What tells that a file has not changed since it was hashed.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    mtime: (i64, u32),
    ctime: (i64, u32),
}

/// Hashes of files that were read before.
#[derive(Default)]
pub(super) struct Hashes {
    by_path: BTreeMap<TreePath, Hashed>,
}

/// A file as it was read.
#[derive(Clone, Copy)]
struct Hashed {
    stamp: Stamp,
    mode: u32,
    sha256: Sha256,
}

/// Reads a source.
pub(super) fn source(root: &Root, shown: &Path, patterns: &Patterns) -> Result<Manifest, Problem> {
    let mut walk = Walk::new(root, shown, patterns, Role::Source);
    walk.list_everything();
    let (manifest, _) = walk.finish(&Hashes::default())?;
    Ok(manifest)
}

/// Reads a target. Files with a hash in `known` that have not changed are not read again.
pub(super) fn target(
    root: &Root,
    patterns: &Patterns,
    interest: &Interest,
    with_owner: bool,
    known: &Hashes,
) -> Result<(Manifest, Hashes), Problem> {
    let mut walk = Walk::new(root, Path::new(""), patterns, Role::Target { with_owner });
    match interest {
        Interest::Everything => walk.list_everything(),
        Interest::Paths(paths) => walk.list(paths),
    }
    walk.finish(known)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Source,
    Target { with_owner: bool },
}

struct Walk<'a> {
    root: &'a Root,
    shown: &'a Path,
    patterns: &'a Patterns,
    role: Role,
    found: BTreeMap<TreePath, Stat>,
    excluded_directories: BTreeMap<TreePath, Stat>,
    pinned: BTreeSet<TreePath>,
    faults: Vec<String>,
}

impl<'a> Walk<'a> {
    fn new(root: &'a Root, shown: &'a Path, patterns: &'a Patterns, role: Role) -> Self {
        Self {
            root,
            shown,
            patterns,
            role,
            found: BTreeMap::new(),
            excluded_directories: BTreeMap::new(),
            pinned: BTreeSet::new(),
            faults: Vec::new(),
        }
    }

    fn list_everything(&mut self) {
        let device = match self.root.own_stat() {
            Ok(stat) => stat.st_dev,
            Err(error) => return self.fault(None, &error),
        };
        let mut open = vec![None];
        while let Some(directory) = open.pop() {
            match self.list_directory(directory.as_ref(), device) {
                Ok(below) => open.extend(below.into_iter().map(Some)),
                Err(error) => self.fault(directory.as_ref(), &error),
            }
        }
    }

    /// Files what a directory holds, and returns the directories that are to be listed next.
    fn list_directory(&mut self, directory: Option<&TreePath>, device: u64) -> io::Result<Vec<TreePath>> {
        let fd = self.root.directory(directory)?;
        let mut below = Vec::new();
        for name in root::names(&fd)? {
            let path = match directory {
                Some(directory) => directory.join(&name),
                None => TreePath::new(name.clone()),
            };
            let Some(path) = path else { continue };
            if directory.is_none() && name.starts_with(STAGE_PREFIX) {
                continue;
            }
            let stat = match fs::statat(&fd, &name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) => stat,
                Err(rustix::io::Errno::NOENT) => continue,
                Err(error) => {
                    self.fault(Some(&path), &error.into());
                    continue;
                }
            };
            if self.file(&path, stat, device) {
                below.push(path);
            }
        }
        Ok(below)
    }

    /// Files one entry. Returns whether it is a directory to look into.
    fn file(&mut self, path: &TreePath, stat: Stat, device: u64) -> bool {
        let is_directory = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
        if self.role != Role::Source && stat.st_dev != device {
            self.pin(path);
            return false;
        }
        if self.patterns.excludes(path, is_directory) {
            self.pin(path);
            let look = is_directory && self.patterns.has_exceptions();
            if look {
                self.excluded_directories.insert(path.clone(), stat);
            }
            return look;
        }
        self.keep_directories_above(path);
        self.found.insert(path.clone(), stat);
        is_directory
    }

    /// Something excluded is there: the directories above can never be deleted.
    fn pin(&mut self, path: &TreePath) {
        self.pinned.extend(path.ancestors());
    }

    /// An exception stands below excluded directories: they are needed to hold it.
    fn keep_directories_above(&mut self, path: &TreePath) {
        for directory in path.ancestors() {
            match self.excluded_directories.remove(&directory) {
                Some(stat) => self.found.insert(directory, stat),
                None => break,
            };
        }
    }

    fn list(&mut self, paths: &[TreePath]) {
        for path in paths {
            match self.root.stat(path) {
                Ok(Some(stat)) => {
                    self.found.insert(path.clone(), stat);
                }
                Ok(None) => {}
                Err(error) => self.fault(Some(path), &error),
            }
        }
    }

    /// Hashes the files and makes the manifest.
    fn finish(mut self, known: &Hashes) -> Result<(Manifest, Hashes), Problem> {
        let names = self.names_of_files();
        let jobs: Vec<&TreePath> = names
            .iter()
            .filter(|(path, first)| path == first)
            .map(|(path, _)| path)
            .collect();
        let mut hashes = Hashes::default();
        for (path, result) in jobs.iter().zip(hash_all(self.root, &jobs, known)) {
            match result {
                Ok(hashed) => {
                    hashes.by_path.insert((*path).clone(), hashed);
                }
                Err(error) => self.fault(Some(path), &error),
            }
        }
        let mut entries = BTreeMap::new();
        for (path, stat) in std::mem::take(&mut self.found) {
            match self.node(&path, &stat, &names, &hashes) {
                Ok(Some(node)) => {
                    let owner = self.owner(&stat);
                    entries.insert(path, Entry { node, owner });
                }
                Ok(None) => {}
                Err(error) => self.fault(Some(&path), &error),
            }
        }
        if self.faults.is_empty() {
            Ok((Manifest { entries }, hashes))
        } else {
            Err(Problem { lines: self.faults })
        }
    }

    /// Maps each regular file to the first of its names in this tree.
    fn names_of_files(&self) -> BTreeMap<TreePath, TreePath> {
        let mut first_names: BTreeMap<(u64, u64), &TreePath> = BTreeMap::new();
        let is_file = |stat: &Stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
        let files = self.found.iter().filter(|(_, stat)| is_file(stat));
        files
            .map(|(path, stat)| {
                let first = first_names.entry((stat.st_dev, stat.st_ino)).or_insert(path);
                (path.clone(), (*first).clone())
            })
            .collect()
    }

    fn node(
        &self,
        path: &TreePath,
        stat: &Stat,
        names: &BTreeMap<TreePath, TreePath>,
        hashes: &Hashes,
    ) -> io::Result<Option<Node>> {
        // In a source, setuid and setgid are not copied; in a target they are a difference.
        let keep = |bits: u32| if self.role == Role::Source { bits } else { 0o7777 };
        Ok(match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {
                let first = names.get(path).unwrap_or(path);
                // Without a hash there is a fault already.
                hashes.by_path.get(first).map(|hashed| Node::File {
                    size: hashed.stamp.size,
                    sha256: hashed.sha256,
                    mode: hashed.mode & keep(0o777),
                    mtime: Mtime(hashed.stamp.mtime.0, hashed.stamp.mtime.1),
                    same_as: (first != path).then(|| first.clone()),
                })
            }
            FileType::Directory => Some(Node::Dir {
                mode: stat.st_mode & keep(0o1777),
                pinned: self.role != Role::Source && self.pinned.contains(path),
            }),
            FileType::Symlink => {
                let target = fs::readlinkat(self.root.holder(path)?, path.split().1, Vec::new())?;
                Some(Node::Symlink {
                    target: LinkTarget(target.into_bytes()),
                })
            }
            other if self.role == Role::Source => return Err(io::Error::other(special(other))),
            _ => Some(Node::Special),
        })
    }

    fn owner(&self, stat: &Stat) -> Option<Owner> {
        (self.role == Role::Target { with_owner: true }).then_some(Owner {
            uid: stat.st_uid,
            gid: stat.st_gid,
        })
    }

    fn fault(&mut self, path: Option<&TreePath>, error: &io::Error) {
        let shown = match path {
            Some(path) => self.shown.join(path.as_path()),
            None => self.shown.to_owned(),
        };
        self.faults.push(format!("`{}`: {error}", shown.display()));
    }
}

/// Says why something cannot be copied.
fn special(kind: FileType) -> String {
    let what = match kind {
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        _ => "of a kind that is not known",
    };
    format!("it is {what}: only files, directories and symbolic links can be copied; remove or exclude it")
}

/// Hashes files on all processors. The results have the order of the paths.
fn hash_all(root: &Root, paths: &[&TreePath], known: &Hashes) -> Vec<io::Result<Hashed>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut results = Vec::new();
        let mut buffer = vec![0; 128 * 1024];
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = paths.get(index) else {
                return results;
            };
            results.push((index, hash(root, path, known, &mut buffer)));
        }
    };
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let mut results = thread::scope(|scope| {
        let helpers: Vec<_> = (1..processors.min(8).min(paths.len()))
            .map(|_| scope.spawn(work))
            .collect();
        let mut results = work();
        for helper in helpers {
            match helper.join() {
                Ok(more) => results.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    });
    results.sort_unstable_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Hashes one file; again when it changes meanwhile.
fn hash(root: &Root, path: &TreePath, known: &Hashes, buffer: &mut [u8]) -> io::Result<Hashed> {
    for _ in 0..ATTEMPTS {
        let mut file = root.file(path)?;
        let before = fs::fstat(&file)?;
        if FileType::from_raw_mode(before.st_mode) != FileType::RegularFile {
            continue;
        }
        let stamp = Stamp::of(&before);
        if let Some(hashed) = known.by_path.get(path).filter(|hashed| hashed.stamp == stamp) {
            return Ok(Hashed {
                mode: before.st_mode & 0o7777,
                ..*hashed
            });
        }
        let mut hash = sha2::Sha256::new();
        let mut size = 0;
        loop {
            let count = file.read(buffer)?;
            if count == 0 {
                break;
            }
            hash.update(&buffer[..count]);
            size += count as u64;
        }
        if Stamp::of(&fs::fstat(&file)?) == stamp && size == stamp.size {
            return Ok(Hashed {
                stamp,
                mode: before.st_mode & 0o7777,
                sha256: Sha256(hash.finalize().into()),
            });
        }
    }
    Err(io::Error::other("it kept changing while it was read"))
}

impl Stamp {
    fn of(stat: &Stat) -> Self {
        Self {
            device: stat.st_dev,
            inode: stat.st_ino,
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            mtime: (
                stat.st_mtime,
                u32::try_from(stat.st_mtime_nsec).unwrap_or_default(),
            ),
            ctime: (
                stat.st_ctime,
                u32::try_from(stat.st_ctime_nsec).unwrap_or_default(),
            ),
        }
    }
}
