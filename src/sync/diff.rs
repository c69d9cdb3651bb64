//! Source × target → what a sync would do, as data for the plan; and what should stop it.

use serde::{Deserialize, Serialize};

use super::{Entry, Manifest, Node, Options, TreePath};

/// More deletions than this need to be wanted explicitly.
const MANY: usize = 1000;

/// What makes a target equal to a source. All lists are sorted by path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// What only the source has.
    pub added: Vec<Addition>,
    /// What both have and differs, with every way in which it does.
    pub changed: Vec<Alteration>,
    /// What only the target has, and is deleted.
    pub deleted: Vec<TreePath>,
    /// Entries that are equal.
    pub unchanged: usize,
    /// Equal files whose modification times differ: set when a sync runs, but no reason for one.
    pub times: Vec<TreePath>,
    /// Bytes that are sent.
    pub bytes: u64,
    /// Why it must not be done without further ado.
    pub guards: Vec<Guard>,
}

/// Something that only the source has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addition {
    /// The path.
    pub path: TreePath,
    /// Bytes of a file; 0 for everything else.
    pub size: u64,
}

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alteration {
    /// The path.
    pub path: TreePath,
    /// In what, never empty.
    pub ways: Vec<Way>,
    /// Bytes of the file in the source; 0 for everything else.
    pub size: u64,
}

/// A way in which two entries differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// One is a file, the other a directory or a link.
    Kind,
    /// The bytes of a file.
    Content,
    /// Where a symbolic link points to.
    Target,
    /// With which other names a file is one and the same.
    Link,
    /// Permission bits.
    Mode,
    /// Whose it is.
    Owner,
}

/// Why a sync must not be done without further ado.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "guard")]
pub enum Guard {
    /// The source holds no file, perhaps because it is not mounted, and the target would lose all of its own.
    EmptySource,
    /// Most of the target would be deleted, or very much of it.
    MassDeletion {
        /// Entries that would be deleted.
        deleted: usize,
        /// Entries that are there.
        of: usize,
    },
    /// Directories stand where something else is to be, and may not be deleted. No flag allows this.
    InTheWay {
        /// The directories.
        paths: Vec<TreePath>,
    },
}

impl Changes {
    /// Tells whether nothing has to be done.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.deleted.is_empty()
    }

    /// Returns what is deleted although no sync has put it there, as far as `last` remembers: worth a remark.
    pub fn foreign<'a>(&'a self, last: &'a Manifest) -> impl Iterator<Item = &'a TreePath> {
        self.deleted
            .iter()
            .filter(|path| !last.entries.contains_key(path))
    }

    /// Returns the guards that the options do not lift.
    pub fn standing_guards(&self, options: &Options) -> impl Iterator<Item = &Guard> {
        let lifted = options.allow_mass_delete;
        self.guards
            .iter()
            .filter(move |guard| !lifted || matches!(guard, Guard::InTheWay { .. }))
    }
}

/// Compares a source with a target.
pub fn diff(source: &Manifest, target: &Manifest, options: &Options) -> Changes {
    let mut changes = Changes::default();
    for (path, wanted) in &source.entries {
        match target.entries.get(path) {
            None => changes.add(path, wanted),
            Some(there) => changes.compare(path, wanted, there),
        }
    }
    if options.delete {
        changes.deleted = deleted(source, target);
    }
    changes.guards = guards(source, target, &changes, options);
    changes
}

impl Changes {
    fn add(&mut self, path: &TreePath, wanted: &Entry) {
        let size = wanted.node.own_size();
        self.bytes += size;
        let path = path.clone();
        self.added.push(Addition { path, size });
    }

    fn compare(&mut self, path: &TreePath, wanted: &Entry, there: &Entry) {
        let ways = ways(wanted, there);
        if ways.is_empty() {
            self.unchanged += 1;
            if !times_agree(&wanted.node, &there.node) {
                self.times.push(path.clone());
            }
            return;
        }
        let size = wanted.node.own_size();
        if ways.iter().any(|way| way.rewrites()) {
            self.bytes += size;
        }
        let path = path.clone();
        self.changed.push(Alteration { path, ways, size });
    }
}

impl Way {
    /// Tells whether the entry has to be made anew.
    pub(super) fn rewrites(self) -> bool {
        !matches!(self, Self::Mode | Self::Owner)
    }
}

fn ways(wanted: &Entry, there: &Entry) -> Vec<Way> {
    let mut ways = Vec::new();
    let mut differ = |is: bool, way: Way| ways.extend(is.then_some(way));
    match (&wanted.node, &there.node) {
        (
            Node::File {
                size,
                sha256,
                mode,
                same_as,
                ..
            },
            Node::File {
                size: there_size,
                sha256: there_sha256,
                mode: there_mode,
                same_as: there_same_as,
                ..
            },
        ) => {
            differ((size, sha256) != (there_size, there_sha256), Way::Content);
            differ(same_as != there_same_as, Way::Link);
            differ(mode != there_mode, Way::Mode);
        }
        (Node::Dir { mode, .. }, Node::Dir { mode: there_mode, .. }) => differ(mode != there_mode, Way::Mode),
        (Node::Symlink { target }, Node::Symlink { target: there_target }) => {
            differ(target != there_target, Way::Target);
        }
        _ => differ(true, Way::Kind),
    }
    differ(wanted.owner.is_some() && wanted.owner != there.owner, Way::Owner);
    ways
}

fn times_agree(wanted: &Node, there: &Node) -> bool {
    match (wanted, there) {
        (Node::File { mtime, .. }, Node::File { mtime: there, .. }) => mtime.agrees(*there),
        _ => true,
    }
}

/// What only the target has, but no directory that holds something excluded.
fn deleted(source: &Manifest, target: &Manifest) -> Vec<TreePath> {
    let only_there = target
        .entries
        .iter()
        .filter(|(path, _)| !source.entries.contains_key(path));
    let deletable = only_there.filter(|(_, entry)| !matches!(entry.node, Node::Dir { pinned: true, .. }));
    deletable.map(|(path, _)| path.clone()).collect()
}

fn guards(source: &Manifest, target: &Manifest, changes: &Changes, options: &Options) -> Vec<Guard> {
    let mut guards = Vec::new();
    let is_empty = source.entries.values().all(|entry| entry.node.is_dir());
    if is_empty && !changes.deleted.is_empty() {
        guards.push(Guard::EmptySource);
    }
    let (deleted, of) = (changes.deleted.len(), target.entries.len());
    if deleted > MANY || deleted * 2 > of {
        guards.push(Guard::MassDeletion { deleted, of });
    }
    let paths = in_the_way(target, changes, options);
    if !paths.is_empty() {
        guards.push(Guard::InTheWay { paths });
    }
    guards
}

/// Directories that would have to go for something else although they hold what may not be deleted.
fn in_the_way(target: &Manifest, changes: &Changes, options: &Options) -> Vec<TreePath> {
    let kept = |path: &TreePath| match target.entries.get(path).map(|entry| &entry.node) {
        Some(Node::Dir { pinned, .. }) => *pinned || !options.delete,
        _ => false,
    };
    let becomes_other = changes
        .changed
        .iter()
        .filter(|change| change.ways.contains(&Way::Kind));
    becomes_other
        .map(|change| &change.path)
        .filter(|path| kept(path))
        .cloned()
        .collect()
}
