//! Changes → what is to be done in the target, in order.

use std::collections::{BTreeMap, BTreeSet};

use super::diff::Way;
use super::wire::{Attributes, Deed};
use super::{Changes, Entry, Manifest, Node, TreePath};

/// The files to send, and the deeds that follow.
pub(super) struct Deeds<'a> {
    /// What `Place` numbers.
    pub(super) files: Vec<&'a TreePath>,
    /// In the order in which they are done.
    pub(super) list: Vec<Deed>,
}

/// Orders everything.
///
/// First goes what stands in the way, then come directories with what they hold, then attributes; then what the source does
/// not have is deleted. The modes of directories come last, the deepest first, for they may forbid writing.
pub(super) fn deeds<'a>(source: &'a Manifest, target: &Manifest, changes: &'a Changes) -> Deeds<'a> {
    let touched = touched(source, changes);
    let (in_the_way, late) = deletions(target, source, changes);
    let mut deeds = Deeds {
        files: Vec::new(),
        list: in_the_way,
    };
    for (path, touch) in &touched {
        if touch.rewritten {
            deeds.make(path, touch.entry);
        }
    }
    let kept = touched.iter().filter(|(_, touch)| !touch.rewritten);
    deeds
        .list
        .extend(kept.filter_map(|(path, touch)| keep(path, touch.entry)));
    deeds.list.extend(late);
    let directories = touched
        .iter()
        .rev()
        .filter(|(_, touch)| touch.entry.node.is_dir());
    deeds
        .list
        .extend(directories.filter_map(|(path, touch)| set(path, touch.entry)));
    deeds
}

struct Touch<'a> {
    entry: &'a Entry,
    rewritten: bool,
}

/// Returns every entry of the source that something is done for.
fn touched<'a>(source: &'a Manifest, changes: &'a Changes) -> BTreeMap<&'a TreePath, Touch<'a>> {
    let linked = linked(source);
    let added = changes.added.iter().map(|addition| (&addition.path, true));
    let changed = changes.changed.iter().map(|change| {
        // A file with several names is never changed in place: its names might be more than we know of.
        let anew = change.ways.iter().any(|way| way.rewrites()) || linked.contains(&change.path);
        (&change.path, anew)
    });
    let times = changes
        .times
        .iter()
        .filter(|path| !linked.contains(path))
        .map(|path| (path, false));
    let all = added.chain(changed).chain(times);
    all.filter_map(|(path, rewritten)| {
        let entry = source.entries.get(path)?;
        Some((path, Touch { entry, rewritten }))
    })
    .collect()
}

/// Returns all files with more than one name.
fn linked(source: &Manifest) -> BTreeSet<&TreePath> {
    let names = source
        .entries
        .iter()
        .filter_map(|(path, entry)| match &entry.node {
            Node::File {
                same_as: Some(first), ..
            } => Some([path, first]),
            _ => None,
        });
    names.flatten().collect()
}

/// Returns what has to go before anything comes, and what goes at the end; the deepest first.
fn deletions(target: &Manifest, source: &Manifest, changes: &Changes) -> (Vec<Deed>, Vec<Deed>) {
    let is_dir = |manifest: &Manifest, path: &TreePath| {
        manifest
            .entries
            .get(path)
            .is_some_and(|entry| entry.node.is_dir())
    };
    let becomes_other = changes
        .changed
        .iter()
        .filter(|change| change.ways.contains(&Way::Kind));
    // Renaming replaces anything but a directory, and never puts a directory in the place of anything.
    let blocks = |path: &&TreePath| is_dir(target, path) || is_dir(source, path);
    let blocking: BTreeSet<&TreePath> = becomes_other.map(|change| &change.path).filter(blocks).collect();
    let below = |path: &TreePath| path.ancestors().any(|above| blocking.contains(&above));
    let delete = |path: &TreePath| Deed::Delete {
        path: path.clone(),
        directory: is_dir(target, path),
    };
    let (inside, late): (Vec<&TreePath>, Vec<&TreePath>) =
        changes.deleted.iter().partition(|path| below(path));
    let early: BTreeSet<&TreePath> = inside.into_iter().chain(blocking.iter().copied()).collect();
    (
        early.into_iter().rev().map(delete).collect(),
        late.into_iter().rev().map(delete).collect(),
    )
}

impl<'a> Deeds<'a> {
    /// Adds what makes an entry anew.
    fn make(&mut self, at: &'a TreePath, entry: &Entry) {
        let path = at.clone();
        self.list.extend(match &entry.node {
            Node::Dir { .. } => Some(Deed::Directory { path }),
            Node::File {
                same_as: Some(first), ..
            } => Some(Deed::Link {
                path,
                to: first.clone(),
            }),
            Node::File { .. } => {
                let number = self.files.len() as u64;
                self.files.push(at);
                Some(Deed::Place { path, number })
            }
            Node::Symlink { target } => Some(Deed::Symlink {
                path,
                target: target.clone(),
                owner: entry.owner,
            }),
            // No source holds one.
            Node::Special => None,
        });
    }
}

/// Changes what is there, if it is no directory.
fn keep(path: &TreePath, entry: &Entry) -> Option<Deed> {
    match (&entry.node, entry.owner) {
        (Node::Symlink { .. }, Some(owner)) => Some(Deed::OwnLink {
            path: path.clone(),
            owner,
        }),
        (Node::File { .. }, _) => set(path, entry),
        _ => None,
    }
}

fn set(path: &TreePath, entry: &Entry) -> Option<Deed> {
    Some(Deed::Set {
        path: path.clone(),
        directory: entry.node.is_dir(),
        attributes: attributes(entry)?,
    })
}

/// Returns what is set by descriptor; `None` for links.
pub(super) fn attributes(entry: &Entry) -> Option<Attributes> {
    let (mode, mtime) = match &entry.node {
        Node::File { mode, mtime, .. } => (*mode, Some(*mtime)),
        Node::Dir { mode, .. } => (*mode, None),
        Node::Symlink { .. } | Node::Special => return None,
    };
    let owner = entry.owner;
    Some(Attributes { mode, mtime, owner })
}
