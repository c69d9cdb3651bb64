//! Tar archives: reading what an engine gave into a manifest, and writing archives whose bytes depend on content alone.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::Path;

use tar::{Builder, EntryType, Header};

use super::manifest::LinkTarget;
use super::root::Root;
use super::walk::{self, STAGE_PREFIX};
use super::{Entry, Manifest, Mtime, Node, Owner, Patterns, Problem, Sha256, TreePath};

/// Reads the archive of a directory, as `GET archive` gives it: every name begins with the directory's own name.
///
/// Owners are read when `with_owner`. What `patterns` exclude is left out, and pins the directories above.
///
/// # Errors
/// The bytes are no archive, or names in it lead outside.
pub fn target_manifest(archive: &[u8], patterns: &Patterns, with_owner: bool) -> Result<Manifest, Problem> {
    read(archive, patterns, with_owner)
        .map_err(|error| Problem::new(format!("the archive of the target: {error}")))
}

fn read(archive: &[u8], patterns: &Patterns, with_owner: bool) -> io::Result<Manifest> {
    let mut entries: BTreeMap<TreePath, Entry> = BTreeMap::new();
    for member in tar::Archive::new(archive).entries()? {
        let mut member = member?;
        let Some(path) = below_first(&member.path_bytes())? else {
            continue;
        };
        let node = match member.header().entry_type() {
            EntryType::Link => hard_link(&member, &entries)?,
            _ => node(&mut member)?,
        };
        let header = member.header();
        let (uid, gid) = (header.uid()?, header.gid()?);
        let owner = Owner {
            uid: u32::try_from(uid).map_err(io::Error::other)?,
            gid: u32::try_from(gid).map_err(io::Error::other)?,
        };
        entries.insert(
            path,
            Entry {
                node,
                owner: with_owner.then_some(owner),
            },
        );
    }
    Ok(Manifest {
        entries: without_excluded(first_names(entries), patterns),
    })
}

/// Cuts the first component off; `None` for the directory itself.
fn below_first(name: &[u8]) -> io::Result<Option<TreePath>> {
    let name = name.strip_prefix(b"./").unwrap_or(name);
    let name = name.strip_suffix(b"/").unwrap_or(name);
    match name.iter().position(|byte| *byte == b'/') {
        None => Ok(None),
        Some(at) => TreePath::new(&name[at + 1..]).map(Some).ok_or_else(|| {
            io::Error::other(format!(
                "the name `{}` is no path inside a tree",
                String::from_utf8_lossy(name)
            ))
        }),
    }
}

fn node(member: &mut tar::Entry<'_, impl Read>) -> io::Result<Node> {
    let mode = member.header().mode()? & 0o7777;
    Ok(match member.header().entry_type() {
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
            let mtime = i64::try_from(member.header().mtime()?).unwrap_or_default();
            let mut content = Vec::new();
            member.read_to_end(&mut content)?;
            Node::File {
                size: content.len() as u64,
                sha256: Sha256::of(&content),
                mode,
                mtime: Mtime(mtime, 0),
                same_as: None,
            }
        }
        EntryType::Directory => Node::Dir { mode, pinned: false },
        EntryType::Symlink => Node::Symlink {
            target: LinkTarget(member.link_name_bytes().unwrap_or_default().into_owned()),
        },
        _ => Node::Special,
    })
}

/// A further name of a file that came before.
fn hard_link(member: &tar::Entry<'_, impl Read>, entries: &BTreeMap<TreePath, Entry>) -> io::Result<Node> {
    let lost = || io::Error::other("a hard link leads to nothing");
    let first = below_first(&member.link_name_bytes().ok_or_else(lost)?)?.ok_or_else(lost)?;
    let mut node = entries.get(&first).ok_or_else(lost)?.node.clone();
    if let Node::File { same_as, .. } = &mut node {
        same_as.get_or_insert(first);
    }
    Ok(node)
}

/// Archives call a file after whichever name comes first in them; manifests after the first in order.
fn first_names(mut entries: BTreeMap<TreePath, Entry>) -> BTreeMap<TreePath, Entry> {
    let mut groups: BTreeMap<TreePath, Vec<TreePath>> = BTreeMap::new();
    for (path, entry) in &entries {
        if let Node::File {
            same_as: Some(leader),
            ..
        } = &entry.node
        {
            groups
                .entry(leader.clone())
                .or_insert_with(|| vec![leader.clone()])
                .push(path.clone());
        }
    }
    for mut names in groups.into_values() {
        names.sort_unstable();
        for (index, name) in names.iter().enumerate() {
            if let Some(Entry {
                node: Node::File { same_as, .. },
                ..
            }) = entries.get_mut(name)
            {
                *same_as = (index > 0).then(|| names[0].clone());
            }
        }
    }
    entries
}

fn without_excluded(entries: BTreeMap<TreePath, Entry>, patterns: &Patterns) -> BTreeMap<TreePath, Entry> {
    let is_stage = |path: &TreePath| path.as_bytes().starts_with(STAGE_PREFIX);
    let is_out = |path: &TreePath, entry: &Entry| patterns.excludes(path, entry.node.is_dir());
    let (out, mut kept): (BTreeMap<_, _>, BTreeMap<_, _>) = entries
        .into_iter()
        .filter(|(path, _)| !is_stage(path))
        .partition(|(path, entry)| is_out(path, entry));
    let needed: Vec<TreePath> = kept.keys().flat_map(TreePath::ancestors).collect();
    for directory in needed {
        if let Some(entry) = out.get(&directory) {
            kept.entry(directory).or_insert_with(|| entry.clone());
        }
    }
    for above in out.keys().flat_map(TreePath::ancestors) {
        if let Some(Entry {
            node: Node::Dir { pinned, .. },
            ..
        }) = kept.get_mut(&above)
        {
            *pinned = true;
        }
    }
    kept
}

/// Packs a directory so that equal content gives equal bytes: sorted, owned by root, without times, links kept as they are.
///
/// # Errors
/// The directory, or something in it, cannot be read or packed.
pub fn deterministic(directory: &Path) -> Result<Vec<u8>, Problem> {
    let failed = |error: io::Error| Problem::new(format!("`{}`: {error}", directory.display()));
    let root = Root::open(directory).map_err(failed)?;
    let manifest = walk::source(&root, directory, &Patterns::default())?;
    let mut writer = Writer::new(Vec::new());
    writer.tree(&root, &manifest).map_err(failed)?;
    writer.finish().map_err(failed)
}

/// Writes archives whose bytes depend on nothing but what is put in.
pub(super) struct Writer<W: Write> {
    builder: Builder<W>,
}

impl<W: Write> Writer<W> {
    /// Begins an archive.
    pub(super) fn new(output: W) -> Self {
        let builder = Builder::new(output);
        Self { builder }
    }

    /// Adds everything that a manifest lists. Files that are something else by now are an error.
    pub(super) fn tree(&mut self, root: &Root, manifest: &Manifest) -> io::Result<()> {
        for (path, entry) in &manifest.entries {
            let at = |error: io::Error| {
                io::Error::new(error.kind(), format!("`{}`: {error}", path.as_path().display()))
            };
            match &entry.node {
                Node::File {
                    size, sha256, mode, ..
                } => {
                    let mut checked = Checked::new(root.file(path).map_err(at)?);
                    self.file(path.as_path(), *mode, *size, &mut checked)
                        .map_err(at)?;
                    checked.expect(*sha256).map_err(at)?;
                }
                Node::Dir { mode, .. } => self.directory(path.as_path(), *mode).map_err(at)?,
                Node::Symlink { target } => self.symlink(path.as_path(), target).map_err(at)?,
                Node::Special => {}
            }
        }
        Ok(())
    }

    /// Adds a file of exactly so many bytes.
    pub(super) fn file(&mut self, path: &Path, mode: u32, size: u64, content: impl Read) -> io::Result<()> {
        let mut header = header(EntryType::Regular, mode);
        header.set_size(size);
        // A file that is shorter would shift everything behind it.
        let content = Exactly { content, left: size };
        self.builder.append_data(&mut header, path, content)
    }

    fn directory(&mut self, path: &Path, mode: u32) -> io::Result<()> {
        self.builder
            .append_data(&mut header(EntryType::Directory, mode), path, io::empty())
    }

    fn symlink(&mut self, path: &Path, target: &LinkTarget) -> io::Result<()> {
        use std::os::unix::ffi::OsStrExt;
        let target = std::ffi::OsStr::from_bytes(&target.0);
        self.builder
            .append_link(&mut header(EntryType::Symlink, 0o777), path, target)
    }

    /// Ends the archive.
    pub(super) fn finish(self) -> io::Result<W> {
        self.builder.into_inner()
    }
}

fn header(kind: EntryType, mode: u32) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header
}

/// Reads so many bytes, and fails when there are fewer.
struct Exactly<R> {
    content: R,
    left: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let count = self.content.read(&mut buffer[..most])?;
        if count == 0 {
            return Err(io::Error::other("it became shorter while it was read"));
        }
        self.left -= count as u64;
        Ok(count)
    }
}

/// Hashes what is read through it.
struct Checked<R> {
    content: R,
    hash: sha2::Sha256,
}

impl<R: Read> Checked<R> {
    fn new(content: R) -> Self {
        let hash = <sha2::Sha256 as sha2::Digest>::new();
        Self { content, hash }
    }

    fn expect(self, sha256: Sha256) -> io::Result<()> {
        if Sha256(sha2::Digest::finalize(self.hash).into()) == sha256 {
            Ok(())
        } else {
            Err(io::Error::other("it changed while it was read"))
        }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.content.read(buffer)?;
        sha2::Digest::update(&mut self.hash, &buffer[..count]);
        Ok(count)
    }
}
